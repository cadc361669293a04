// Small histograms under the map: what is shown against everything; brushing one filters the map.

import { NO_GENRE, genresOf } from "./colors.js"

const N_BINS = 28
const WIDTH = 240
const HEIGHT = 56

const whole = value => Math.round(value).toString()
const signed = value => {
  const text = Math.abs(value).toFixed(1)
  return Number(text) ? `${value < 0 ? "−" : "+"}${text}` : text
}
const count = value => Math.round(value).toLocaleString("en-US")

const svg = (name, attributes = {}) => {
  const node = document.createElementNS("http://www.w3.org/2000/svg", name)
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value)
  return node
}

/** The charts that have something to show. Each tells the bin of a row; numeric ones the value at a bin's edge. */
export function chartsOf(movies, palette) {
  const charts = [numeric("year", "Year", movies.year, { write: whole, step: 1 })]
  charts.push(numeric("n_ratings", "Ratings", movies.n_ratings, { write: count, log: true, step: 1 }))
  charts.push(byGenre(movies.genres, palette))
  charts.push(
    numeric("bias", "Bias", movies.bias, { write: signed }) ??
      numeric("mean_rating", "Mean rating", movies.mean_rating, { write: value => value.toFixed(1) })
  )
  return charts.filter(Boolean)
}

function numeric(key, title, values, { write, log = false, step = 0 }) {
  const known = Array.from(values).filter(Number.isFinite)
  if (known.length < 2) return null
  const place = log ? value => Math.log10(Math.max(value, 1)) : value => value
  const back = log ? value => 10 ** value : value => value
  const places = Float64Array.from(known, place).sort()
  const low = log ? places[0] : places[Math.floor(places.length * 0.004)]
  const high = places[Math.ceil((places.length - 1) * 0.998)]
  if (!(high > low)) return null
  const nBins = step && !log ? Math.min(N_BINS, Math.max(2, Math.ceil(high - low))) : N_BINS
  const bins = Int16Array.from(values, value => {
    if (!Number.isFinite(value)) return -1
    return Math.min(nBins - 1, Math.max(0, Math.floor(((place(value) - low) / (high - low)) * nBins)))
  })
  const edge = bin => back(low + ((high - low) * bin) / nBins)
  return { key, title, nBins, bins: row => bins[row], edge, write, each: (row, visit) => bins[row] >= 0 && visit(bins[row]) }
}

function byGenre(genres, palette) {
  const names = [...palette.genres.map(([name]) => name), NO_GENRE]
  const codesOf = new Map()
  for (const text of new Set(genres)) codesOf.set(text, genresOf(text).map(name => names.indexOf(name)).filter(code => code >= 0))
  const codes = genres.map(text => codesOf.get(text))
  const colors = [...palette.genres.map(([, paint]) => paint), palette.none]
  return { key: "genre", title: "Genre", names, colors, nBins: names.length, each: (row, visit) => codes[row].forEach(visit) }
}

export class Histograms {
  /** `onBrush(key, value)` gets `[first bin, last bin]` of a numeric chart, a genre's name, or null for no filter. */
  constructor(element, onBrush) {
    this.element = element
    this.onBrush = onBrush
    this.charts = []
  }

  build(charts) {
    this.charts = charts.map(chart => ({ ...chart, ...this.draw(chart) }))
    this.element.replaceChildren(...this.charts.map(({ figure }) => figure))
  }

  draw(chart) {
    const figure = document.createElement("figure")
    figure.className = "mm-histogram"
    const caption = document.createElement("figcaption")
    const note = document.createElement("span")
    note.className = "mm-histogram-note"
    caption.append(chart.title, note)
    const plot = svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", role: "img" })
    const bar = WIDTH / chart.nBins
    const columns = ["all", "shown", "selected"].map(layer =>
      Array.from({ length: chart.nBins }, (_, bin) => {
        const rect = svg("rect", { class: `mm-bar mm-bar-${layer}`, x: bin * bar + 0.6, width: Math.max(0.5, bar - 1.2) })
        if (chart.colors && layer === "shown") rect.style.fill = chart.colors[bin]
        plot.append(rect)
        return rect
      })
    )
    const brush = svg("rect", { class: "mm-brush", y: 0, height: HEIGHT, width: 0 })
    plot.append(brush)
    const scale = document.createElement("div")
    scale.className = "mm-histogram-scale"
    if (!chart.names) {
      for (const bin of [0, chart.nBins / 2, chart.nBins]) {
        const tick = document.createElement("span")
        tick.textContent = chart.write(chart.edge(bin))
        scale.append(tick)
      }
    } else scale.textContent = "click one to filter"
    this.listen(chart, plot, note)
    figure.append(caption, plot, scale)
    return { figure, columns, brush, note, plot }
  }

  listen(chart, plot, note) {
    const binAt = event => {
      const { left, width } = plot.getBoundingClientRect()
      return Math.min(chart.nBins - 1, Math.max(0, Math.floor(((event.clientX - left) / width) * chart.nBins)))
    }
    let first = null
    let moved = false
    plot.addEventListener("pointerdown", event => {
      plot.setPointerCapture(event.pointerId)
      first = binAt(event)
      moved = false
    })
    plot.addEventListener("pointermove", event => {
      const bin = binAt(event)
      if (chart.names) note.textContent = chart.names[bin]
      if (first === null || chart.names) return
      moved ||= bin !== first
      if (moved) this.onBrush(chart.key, [Math.min(first, bin), Math.max(first, bin)])
    })
    plot.addEventListener("pointerup", event => {
      if (first === null) return
      if (chart.names) this.onBrush(chart.key, chart.names[binAt(event)], event.shiftKey)
      else if (!moved) this.onBrush(chart.key, null)
      first = null
    })
    plot.addEventListener("pointerleave", () => chart.names && (note.textContent = ""))
  }

  /** Redraws the bars. `shown` is a mask, `selected` are rows, `brushes` maps keys to bins or sets of names. */
  update(nRows, shown, selected, brushes) {
    for (const chart of this.charts) {
      const counts = [0, 1, 2].map(() => new Uint32Array(chart.nBins))
      for (let row = 0; row < nRows; row++) {
        chart.each(row, bin => {
          counts[0][bin]++
          if (shown[row]) counts[1][bin]++
        })
      }
      for (const row of selected) if (shown[row]) chart.each(row, bin => counts[2][bin]++)
      const most = Math.max(...counts[0]) || 1
      const tall = n => (n ? Math.max(1.5, (n / most) * (HEIGHT - 4)) : 0)
      counts.forEach((layer, i) =>
        layer.forEach((n, bin) => {
          chart.columns[i][bin].setAttribute("height", tall(n))
          chart.columns[i][bin].setAttribute("y", HEIGHT - tall(n))
        })
      )
      this.markBrush(chart, brushes[chart.key])
    }
  }

  markBrush(chart, brush) {
    if (chart.names) {
      const chosen = [...(brush ?? [])]
      chart.note.textContent = chosen.slice(0, 3).join(", ")
      return
    }
    const bar = WIDTH / chart.nBins
    chart.brush.setAttribute("x", brush ? brush[0] * bar : 0)
    chart.brush.setAttribute("width", brush ? (brush[1] - brush[0] + 1) * bar : 0)
    chart.note.textContent = brush ? `${chart.write(chart.edge(brush[0]))} to ${chart.write(chart.edge(brush[1] + 1))}` : ""
  }
}
