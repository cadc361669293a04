// The Plotly figure of a map, from plain state: always the same seven traces, some of them empty.

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
  const sized = (name, rows, factor, extra = 0) =>
    remember(`size ${name}`, [rows, view.style.size, size, factor, extra, unit], () =>
      view.style.size
        ? take(view.style.size, rows).map(value => (value * factor + extra) * unit)
        : (size * factor + extra) * unit
    )
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
      { ...painted("points", shownRows, 1, 0), opacity: opacity * view.dimming, line: plain },
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
    uirevision: "map",
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
  const axis = { ...HIDDEN_AXIS, range: [-1.05, 1.05], autorange: false }
  return {
    ...common,
    scene: { xaxis: axis, yaxis: axis, zaxis: axis, aspectmode: "cube", dragmode: "orbit", camera, bgcolor: "rgba(0,0,0,0)", hovermode: "closest" },
  }
}

export const CONFIG = { displayModeBar: false, scrollZoom: true, doubleClick: false, responsive: false, showTips: false }

/** The window that shows everything, with one scale for x and y: `[x0, x1, y0, y1]`. */
export function fittingRange(width, height) {
  const [w, h] = width > height ? [width / height, 1] : [1, height / width]
  return [-w * 1.06, w * 1.06, -h * 1.06, h * 1.06]
}

export const FIRST_CAMERA = { eye: { x: 0.95, y: 0.95, z: 0.6 }, center: { x: 0, y: 0, z: 0 }, up: { x: 0, y: 0, z: 1 } }

/** Coordinates moved and scaled, all axes alike, so that they fill the box from -1 to 1. */
export function intoBox(columns, dims, extent) {
  const axes = ["x", "y", "z"].slice(0, dims).map(axis => columns[axis])
  const bounds = axes.map((values, i) => extent?.[i] ?? boundsOf(values))
  const half = Math.max(...bounds.map(([low, high]) => (high - low) / 2)) || 1
  const boxed = axes.map((values, i) => {
    const middle = (bounds[i][0] + bounds[i][1]) / 2
    return values.map(value => (value - middle) / half)
  })
  const [x, y, z] = boxed
  const place = point => point.map((value, i) => (value - (bounds[i][0] + bounds[i][1]) / 2) / half)
  return { x, y, z, place }
}

function boundsOf(values) {
  let low = Infinity
  let high = -Infinity
  for (const value of values) {
    if (value < low) low = value
    if (value > high) high = value
  }
  return low <= high ? [low, high] : [0, 0]
}
