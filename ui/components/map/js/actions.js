// What the visitor does with the map: searching, brushing, choosing, clicking.

import { showTooltip } from "./chrome.js"
import { hasRoomFor } from "./link.js"
import { echo, speaks } from "./linked.js"
import { downloadPicture } from "./picture.js"
import { rowsInside } from "./pick.js"
import { findExpression, findWords } from "./search.js"

const CLICK_PIXELS = 4
const NO_ROWS = new Uint32Array()
const POINTER_TOOLS = ["pan", "box", "lasso"]

export class Actions {
  constructor(map) {
    this.map = map
    this.toolName = "pan"
    this.hovered = null
  }

  /** Searches anew after `change`, `{ text }` or `{ regex }`; an expression that fails leaves the last result. */
  async search(change) {
    const { map } = this
    Object.assign(map.query, change)
    echo(map, other => {
      other.parts.input.value = map.query.text
      other.actions.search(change)
    })
    const turn = (this.searchTurn = {})
    const { text, regex } = map.query
    try {
      const found = regex && text.trim() ? await findExpression(text.trim(), map.lines) : findWords(text, map.folded)
      if (turn !== this.searchTurn) return
      map.found = found
      map.queryError = null
      map.notify("")
    } catch (error) {
      if (turn !== this.searchTurn) return
      map.queryError = error.message
      map.notify(`${error.message}. The last result stays.`)
    }
    map.lightAndDraw()
  }

  zoomToFound() {
    const { map } = this
    const rows = map.found ? map.found.filter(row => map.shown[row]) : []
    map.place.zoomTo(Array.from(rows, row => map.at(row)))
  }

  selectFound() {
    this.select(Uint32Array.from(this.map.found ?? []), {})
  }

  brush(key, value, add = false) {
    if (key === "genre") return this.toggleIn("genre", value, add)
    if (value) this.map.brushes[key] = value
    else delete this.map.brushes[key]
    return this.brushed()
  }

  toggle(name, add) {
    return this.toggleIn(this.map.spec.color.kind === "genre" ? "genre" : "category", name, add)
  }

  toggleIn(key, name, add) {
    const { brushes } = this.map
    const before = brushes[key] ?? new Set()
    const after = new Set(add ? before : [])
    if (before.has(name) && (add || before.size === 1)) after.delete(name)
    else after.add(name)
    if (after.size) brushes[key] = after
    else delete brushes[key]
    return this.brushed()
  }

  brushed() {
    const { map } = this
    echo(map, other => {
      other.brushes = { ...map.brushes }
      other.filterAndDraw()
    })
    return map.filterAndDraw()
  }

  tool(name) {
    echo(this.map, other => other.actions.tool(name))
    this.toolName = name
    for (const node of this.map.parts.tools.querySelectorAll("[data-action]")) {
      if (POINTER_TOOLS.includes(node.dataset.action)) {
        node.setAttribute("aria-pressed", String(node.dataset.action === name))
      }
    }
    this.map.parts.draw.classList.toggle("mm-active", name !== "pan")
  }

  outlined(polygon, { shiftKey, altKey }) {
    const { map } = this
    const toPixels = map.place.pixels()
    if (!toPixels) return
    const [[left, top]] = polygon
    const isClick = polygon.every(([x, y]) => Math.hypot(x - left, y - top) < CLICK_PIXELS)
    if (isClick) return shiftKey || altKey || this.select(NO_ROWS, {})
    const rows = rowsInside(polygon, map.shownRows, row => toPixels(map.at(row)))
    this.select(rows, { add: shiftKey, subtract: altKey })
  }

  select(rows, { add = false, subtract = false }) {
    const { map } = this
    const chosen = new Set(add || subtract ? map.selected : [])
    for (const row of rows) subtract ? chosen.delete(row) : chosen.add(row)
    map.selected = map.order.filter(row => chosen.has(row))
    const ids = map.idsOf(map.selected)
    echo(map, other => other.actions.select(other.rowsOf(ids), {}))
    if (speaks(map)) map.report.selected(ids)
    map.lightAndDraw()
  }

  isolate() {
    const { map } = this
    if (map.isolated) map.isolated = null
    else if (map.selected.length) map.isolated = map.selected
    else if (map.found) map.isolated = Uint32Array.from(map.found)
    else return map.notify("Select movies first: with the box, the free line or a search.")
    const ids = map.isolated && map.idsOf(map.isolated)
    echo(map, other => {
      other.isolated = ids && other.rowsOf(ids)
      other.filterAndDraw()
    })
    return map.filterAndDraw()
  }

  clear() {
    const { map } = this
    echo(map, other => other.actions.clear())
    map.parts.input.value = ""
    map.query.text = ""
    Object.assign(map, { brushes: {}, isolated: null, found: null, queryError: null })
    map.notify("")
    if (map.focus !== null) this.click(null)
    if (map.selected.length) this.select(NO_ROWS, {})
    map.filterAndDraw()
  }

  async copyLink() {
    try {
      await navigator.clipboard.writeText(location.href)
      const isWhole = hasRoomFor(this.map.idsOf(this.map.selected))
      this.map.notify(`Link copied${isWhole ? "" : ", without the selection, which is too large for it"}.`)
    } catch {
      this.map.notify("The browser does not allow copying: take the address from its address bar.")
    }
  }

  async savePicture() {
    try {
      await downloadPicture(this.map)
    } catch {
      this.map.notify("The picture could not be made.")
    }
  }

  click(row) {
    const { map } = this
    map.focus = row
    map.spec = { ...map.spec, neighbors: [] }
    const id = row === null ? null : map.idsOf([row])[0]
    echo(map, other => other.actions.click(id === null ? null : (other.rowOf.get(id) ?? null)))
    if (!map.following) map.report.clicked(id)
    map.lightAndDraw()
  }

  /** Shows the map so much, 0 to 1, of the way to the other picture of its movies. */
  glideTo(share) {
    const { map } = this
    map.share = share
    this.unhover()
    map.takePlaces()
    map.draw()
  }

  hover(row) {
    const { map } = this
    const spot = map.place.pixels()?.(map.at(row))
    const { clientWidth, clientHeight } = map.parts.stage
    const isInSight = spot && spot[0] >= 0 && spot[1] >= 0 && spot[0] <= clientWidth && spot[1] <= clientHeight
    if (!isInSight) return this.unhover()
    const [id] = map.idsOf([row])
    echo(map, other => (other.rowOf.has(id) ? other.actions.hover(other.rowOf.get(id)) : other.actions.unhover()))
    this.hovered = map.following ? null : row
    // Where nobody points, a ring says which dot is meant.
    const { ring } = map.parts
    ring.classList.toggle("mm-visible", map.following)
    ring.style.transform = `translate(${spot[0]}px, ${spot[1]}px) translate(-50%, -50%)`
    showTooltip(map.parts.tooltip, map.movie(row), ...spot, clientWidth)
  }

  unhover() {
    echo(this.map, other => other.actions.unhover())
    this.hovered = null
    this.map.parts.tooltip.classList.remove("mm-visible")
    this.map.parts.ring.classList.remove("mm-visible")
  }
}
