// The Plotly figure of a map, from plain state: always the same seven traces, some of them empty.

/** Share of the movies that the first frame leaves out at either end of an axis: islets come in sight by zooming out. */
const LEFT_OUT = 0.01
/** Fewer movies are framed all. */
const FEWEST_FRAMED = 200
/** How much smaller and fainter movies with few ratings are drawn: their places are mostly chance. */
export const FAINT = { size: 0.6, opacity: 0.35 }

const clamp = (value, low, high) => Math.min(high, Math.max(low, value))

/** Marker diameter in px and opacity that suit `n` points: a few large ones, or many that let each other through. */
export const markerStyle = n => ({
  size: clamp(12.2 - 1.85 * Math.log10(Math.max(n, 1)), 2.6, 11),
  opacity: clamp(1.12 - 0.09 * Math.log10(Math.max(n, 1)), 0.5, 0.95),
})

const take = (values, rows) => {
  const taken = new Float32Array(rows.length)
  for (let i = 0; i < rows.length; i++) taken[i] = values[rows[i]]
  return taken
}

/** Remembers the last result of `make` by the identity of what it depends on, so that Plotly sees what is unchanged. */
export function memory() {
  const kept = new Map()
  return (name, dependencies, make) => {
    const last = kept.get(name)
    if (last && last.dependencies.every((value, i) => Object.is(value, dependencies[i]))) return last.value
    const value = make()
    kept.set(name, { dependencies, value })
    return value
  }
}

/** Rows in drawing order: the most rated movies last, on top. */
export function drawingOrder(nRatings) {
  return Uint32Array.from(nRatings.keys()).sort((a, b) => nRatings[a] - nRatings[b])
}

export function traces(view, remember) {
  const { points, encoding, theme, dims, shownRows, litRows } = view
  const flat = dims === 2
  const axes = ["x", "y", "z"].slice(0, dims)
  const { size, opacity } = markerStyle(shownRows.length)
  // Plotly's 3-D markers come out nearly twice as large as its flat ones.
  const unit = flat ? 1 : 0.55
  const base = {
    type: flat ? (view.webgl ? "scattergl" : "scatter") : "scatter3d",
    mode: "markers",
    hoverinfo: "skip",
    showlegend: false,
  }
  const at = (name, rows) =>
    remember(`at ${name}`, [rows, ...axes.map(axis => points[axis])], () =>
      Object.fromEntries(axes.map(axis => [axis, take(points[axis], rows)]))
    )
  const { few } = view
  const sized = (name, rows, factor, extra = 0) =>
    remember(`size ${name}`, [rows, view.style.size, few, size, factor, extra, unit], () => {
      if (!view.style.size && !few) return (size * factor + extra) * unit
      const base = view.style.size ? take(view.style.size, rows) : new Float32Array(rows.length).fill(size)
      return base.map((value, i) => (value * (few?.[rows[i]] ? FAINT.size : 1) * factor + extra) * unit)
    })
  // Plotly's 3-D markers have one opacity for all: there, few ratings show by their size alone.
  const opaque = (name, rows, value) =>
    few && flat
      ? remember(`opacity ${name}`, [rows, few, value], () =>
          Float32Array.from(rows, row => value * (few[row] ? FAINT.opacity : 1))
        )
      : value
  const painted = (name, rows, factor, extra) => ({
    color: remember(`color ${name}`, [rows, encoding], () => take(encoding.values, rows)),
    colorscale: encoding.scale,
    cmin: encoding.min,
    cmax: encoding.max,
    showscale: false,
    size: sized(name, rows, factor, extra),
  })
  const dots = (name, rows, marker, more) => ({ ...base, ...at(name, rows), name, marker, ...more })
  const plain = { width: 0 }
  const rim = { width: flat ? 1 : 0, color: theme.background }
  const ring = (name, rows, extra, color, width) =>
    dots(name, rows, { symbol: "circle-open", color, size: sized(name, rows, 1.35, extra), line: { width, color } })
  const crowded = litRows.length > 600
  return [
    dots("ghosts", view.ghosts, { size: Math.max(2, size * 0.6) * unit, color: theme.text, opacity: 0.07, line: plain }),
    dots(
      "points",
      shownRows,
      { ...painted("points", shownRows, 1, 0), opacity: opaque("points", shownRows, opacity * view.dimming), line: plain },
      { hoverinfo: "none" }
    ),
    { ...base, ...view.lines, mode: "lines", name: "lines", line: { color: theme.text, width: flat ? 1.3 : 2 }, opacity: 0.5 },
    dots("lit", litRows, {
      ...painted("lit", litRows, crowded ? 1.05 : 1.35, crowded ? 0 : 1),
      opacity: crowded ? opacity : 0.95,
      line: crowded ? plain : rim,
    }),
    ring("found", view.foundRows, 5, theme.text, 1.4),
    ring("focus", view.focusRows, 9, theme.accent, 2.5),
    {
      ...base,
      ...view.stars,
      name: "marks",
      marker: { symbol: flat ? "star" : "diamond", size: 14 * unit, color: theme.accent, line: { width: 1.5, color: theme.background } },
    },
  ]
}

const HIDDEN_AXIS = { visible: false, showspikes: false }

export function layout(view) {
  const { range, camera } = view
  const common = {
    margin: { l: 0, r: 0, t: 0, b: 0 },
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    showlegend: false,
    hovermode: "closest",
    hoverdistance: 12,
    // Else Plotly goes back to where the visitor was in the picture before.
    uirevision: `map ${view.place.nth}`,
    width: view.width,
    height: view.height,
  }
  if (view.dims === 2) {
    return {
      ...common,
      dragmode: "pan",
      xaxis: { ...HIDDEN_AXIS, range: range.slice(0, 2), autorange: false },
      yaxis: { ...HIDDEN_AXIS, range: range.slice(2), autorange: false },
    }
  }
  const reach = 1.05 * view.reach
  const axis = { ...HIDDEN_AXIS, range: [-reach, reach], autorange: false }
  return {
    ...common,
    scene: { xaxis: axis, yaxis: axis, zaxis: axis, aspectmode: "cube", dragmode: "orbit", camera, bgcolor: "rgba(0,0,0,0)", hovermode: "closest" },
  }
}

export const CONFIG = { displayModeBar: false, scrollZoom: true, doubleClick: false, responsive: false, showTips: false }

/** The window that shows the box from -`reach` to `reach` left of `tools` px, with one scale for x and y:
 * `[x0, x1, y0, y1]`. */
export function fittingRange(width, height, reach = 1, tools = 0) {
  const free = width - tools
  const unit = (2 * 1.06 * reach) / Math.min(free, height)
  return [(-unit * free) / 2, unit * (width - free / 2), (-unit * height) / 2, (unit * height) / 2]
}

export const FIRST_CAMERA = { eye: { x: 0.95, y: 0.95, z: 0.6 }, center: { x: 0, y: 0, z: 0 }, up: { x: 0, y: 0, z: 1 } }

/** The camera that shows the box from -1 to 1 of a scene that goes from -`reach` to `reach`. */
export function firstCamera(reach = 1) {
  const eye = Object.fromEntries(Object.entries(FIRST_CAMERA.eye).map(([axis, value]) => [axis, value / reach]))
  return { ...FIRST_CAMERA, eye }
}

/** Coordinates moved and scaled, all axes alike, so that the bulk of them fills the box from -1 to 1.
 *
 * `reach` is how far from the middle the outermost lies, at least 1; `nOutside` how many lie out of the first frame. */
export function intoBox(columns, dims, extent) {
  const axes = ["x", "y", "z"].slice(0, dims).map(axis => columns[axis])
  const bounds = axes.map((values, i) => extent?.[i] ?? boundsOf(values))
  const half = Math.max(...bounds.map(([low, high]) => (high - low) / 2)) || Math.max(...axes.map(halfOf)) || 1
  const boxed = axes.map((values, i) => {
    const middle = (bounds[i][0] + bounds[i][1]) / 2
    return values.map(value => (value - middle) / half)
  })
  const [x, y, z] = boxed
  const place = point => point.map((value, i) => (value - (bounds[i][0] + bounds[i][1]) / 2) / half)
  let [reach, nOutside] = [1, 0]
  for (let row = 0; row < x.length; row++) {
    const farthest = Math.max(...boxed.map(values => Math.abs(values[row])))
    if (farthest > reach) reach = farthest
    if (farthest > 1.06) nOutside++
  }
  return { x, y, z, place, reach, nOutside }
}

const halfOf = values => {
  const [low, high] = extremesOf(values)
  return (high - low) / 2
}

/** Where the bulk of `values` lies: a little more than what is between the 1st and the 99th of a hundred of them. */
function boundsOf(values) {
  if (values.length < FEWEST_FRAMED) return extremesOf(values)
  const sorted = Float32Array.from(values).sort()
  const at = share => sorted[Math.round(share * (sorted.length - 1))]
  const [low, high] = [at(LEFT_OUT), at(1 - LEFT_OUT)]
  const air = 0.04 * (high - low)
  const [lowest, highest] = [sorted[0], sorted[sorted.length - 1]]
  return [Math.max(lowest, low - air), Math.min(highest, high + air)]
}

function extremesOf(values) {
  let low = Infinity
  let high = -Infinity
  for (const value of values) {
    if (value < low) low = value
    if (value > high) high = value
  }
  return low <= high ? [low, high] : [0, 0]
}
