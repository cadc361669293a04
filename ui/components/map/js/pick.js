// Choosing points with a box or a free line drawn over the map.

const svg = (name, attributes) => {
  const node = document.createElementNS("http://www.w3.org/2000/svg", name)
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value)
  return node
}

/** Whether the point is inside the polygon, by the even-odd rule. */
export function inside(polygon, x, y) {
  let odd = false
  for (let i = 0, j = polygon.length - 1; i < polygon.length; j = i++) {
    const [xi, yi] = polygon[i]
    const [xj, yj] = polygon[j]
    if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) odd = !odd
  }
  return odd
}

/** Rows among `rows` whose pixel, by `pixelOf(row)`, is inside the polygon. */
export function rowsInside(polygon, rows, pixelOf) {
  const xs = polygon.map(([x]) => x)
  const ys = polygon.map(([, y]) => y)
  const [left, right, top, bottom] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)]
  return rows.filter(row => {
    const [x, y] = pixelOf(row)
    return x >= left && x <= right && y >= top && y <= bottom && inside(polygon, x, y)
  })
}

/** Lets the visitor draw on `element` while `tool()` is "box" or "lasso"; `done(polygon, event)` gets the outline. */
export function drawOn(element, tool, done) {
  const surface = svg("svg", { class: "mm-draw" })
  element.append(surface)
  let corners = null
  let shape = null
  const spot = event => {
    const { left, top } = element.getBoundingClientRect()
    return [event.clientX - left, event.clientY - top]
  }
  const outline = () => {
    if (tool() === "lasso") return corners
    const [[x0, y0], [x1, y1]] = [corners[0], corners[corners.length - 1]]
    return [[x0, y0], [x1, y0], [x1, y1], [x0, y1]]
  }
  element.addEventListener("pointerdown", event => {
    if (event.button !== 0) return
    element.setPointerCapture(event.pointerId)
    corners = [spot(event)]
    shape = svg("polygon", { class: "mm-outline" })
    surface.replaceChildren(shape)
    event.preventDefault()
  })
  element.addEventListener("pointermove", event => {
    if (!corners) return
    corners.push(spot(event))
    shape.setAttribute("points", outline().map(corner => corner.join(",")).join(" "))
  })
  const finish = event => {
    if (!corners) return
    const polygon = outline()
    corners = null
    surface.replaceChildren()
    if (event.type === "pointerup") done(polygon, event)
  }
  element.addEventListener("pointerup", finish)
  element.addEventListener("pointercancel", finish)
}
