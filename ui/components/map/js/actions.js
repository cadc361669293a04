// What the visitor does with the map: searching, brushing, choosing, clicking.

import { showTooltip } from "./chrome.js"
import { hasRoomFor } from "./link.js"
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
    return this.map.filterAndDraw()
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
    return this.map.filterAndDraw()
  }

  tool(name) {
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
    map.report.selected(map.idsOf(map.selected))
    map.lightAndDraw()
  }

  isolate() {
    const { map } = this
    if (map.isolated) map.isolated = null
    else if (map.selected.length) map.isolated = map.selected
    else if (map.found) map.isolated = Uint32Array.from(map.found)
    else return map.notify("Select movies first: with the box, the free line or a search.")
    return map.filterAndDraw()
  }

  clear() {
    const { map } = this
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
    map.report.clicked(row === null ? null : map.idsOf([row])[0])
    map.lightAndDraw()
  }

  hover(row) {
    const { map } = this
    const spot = map.place.pixels()?.(map.at(row))
    if (!spot) return
    this.hovered = row
    showTooltip(map.parts.tooltip, map.movie(row), ...spot, map.parts.stage.clientWidth)
  }

  unhover() {
    this.hovered = null
    this.map.parts.tooltip.classList.remove("mm-visible")
  }
}
