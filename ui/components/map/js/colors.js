// Which color each movie gets, and the legend that explains it.

export const NO_GENRE = "No genre"

const MOST_KNOWN = 10_000
const known = new Map()

/** Tens of thousands of movies have a few hundred different texts: each is taken apart once. */
export function genresOf(text) {
  let genres = known.get(text)
  if (!genres) {
    genres = text ? text.split("|") : [NO_GENRE]
    if (known.size >= MOST_KNOWN) known.clear()
    known.set(text, genres)
  }
  return genres
}

/** `{ values, scale, min, max, legend }`: a number a movie, the Plotly color scale that paints it, and its legend.
 *
 * `chosen` (a set of genre names) decides which of its genres a movie is painted in; else it is the one that says most. */
export function encode(color, palette, movies, values, chosen) {
  if (color.kind === "genre") return byGenre(palette, movies.genres, chosen)
  if (color.kind === "category") return byCategory(color, palette, values)
  return byAmount(color, palette, values)
}

function byGenre(palette, genres, chosen) {
  const names = [...palette.genres.map(([name]) => name), NO_GENRE]
  const colors = [...palette.genres.map(([, paint]) => paint), palette.none]
  const codeOf = new Map(names.map((name, code) => [name, code]))
  const rankOf = new Map(palette.telling.map((name, rank) => [name, rank]))
  const rank = name => rankOf.get(name) ?? rankOf.size
  const codeOfText = new Map()
  const code = text => {
    const all = genresOf(text)
    const among = chosen.size && all.some(genre => chosen.has(genre)) ? all.filter(genre => chosen.has(genre)) : all
    const name = among.reduce((best, genre) => (rank(genre) < rank(best) ? genre : best))
    return codeOf.get(name) ?? names.length - 1
  }
  const codes = new Float32Array(genres.length)
  genres.forEach((text, row) => {
    let found = codeOfText.get(text)
    if (found === undefined) codeOfText.set(text, (found = code(text)))
    codes[row] = found
  })
  return categorical(codes, names, colors, "Genre")
}

function byCategory(color, palette, values) {
  const names = [...color.names, color.none]
  const colors = [...color.names.map((_, i) => palette.categories[i % palette.categories.length]), palette.none]
  const codes = Float32Array.from(values, value => (value >= 0 ? value : names.length - 1))
  return categorical(codes, names, colors, color.title)
}

function categorical(codes, names, colors, title) {
  const counts = new Uint32Array(names.length)
  for (const code of codes) counts[code]++
  return {
    values: codes,
    scale: colors.flatMap((paint, i) => [
      [i / colors.length, paint],
      [(i + 1) / colors.length, paint],
    ]),
    min: -0.5,
    max: names.length - 0.5,
    legend: {
      title,
      entries: names.map((name, code) => ({ name, code, color: colors[code] })).filter(({ code }) => counts[code]),
    },
  }
}

/** Share of an amount's scale below its least value, where movies without a value have their step. */
const UNKNOWN_SHARE = 0.02

/** How a scale's ends are written. */
const writer = ({ decimals, grouping }) => value =>
  value
    .toLocaleString("en-US", { minimumFractionDigits: decimals, maximumFractionDigits: decimals, useGrouping: grouping })
    .replace("-", "−")

function byAmount(color, palette, values) {
  const known = values.filter(Number.isFinite).sort()
  // The scale ends at percentiles: a single outlier must not wash out all the others.
  const percentile = share => known[Math.min(known.length - 1, Math.floor(share * known.length))] ?? 0
  let [least, most] = [percentile(0.01), percentile(0.99)]
  if (color.kind === "diverging") {
    most = Math.max(Math.abs(least), Math.abs(most)) || 1
    least = -most
  }
  if (!(most > least)) most = least + 1
  const place = color.log ? value => Math.log10(Math.max(value, 1)) : value => value
  const low = place(least)
  const span = place(most) - low || 1
  const high = low + span
  // Movies without a value take a step of their own below the scale, in the neutral gray.
  const unknown = low - (span * UNKNOWN_SHARE) / (1 - UNKNOWN_SHARE)
  const ramp = color.kind === "diverging" ? palette.diverging : palette.sequential
  return {
    values: Float32Array.from(values, value =>
      Number.isFinite(value) ? Math.min(high, Math.max(low, place(value))) : unknown
    ),
    scale: [
      [0, palette.none],
      [UNKNOWN_SHARE * 0.99, palette.none],
      // Counted from the end: Plotly drops a scale that does not end at exactly 1, and takes its own without a word.
      ...ramp.map((paint, i) => [1 - ((1 - UNKNOWN_SHARE) * (ramp.length - 1 - i)) / (ramp.length - 1), paint]),
    ],
    min: unknown,
    max: high,
    legend: { title: color.title, ramp, least, most, write: writer(color) },
  }
}
