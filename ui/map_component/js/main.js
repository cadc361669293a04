// The movie map: keeps one Plotly figure in place while everything around and inside it changes.

import { build, drawLegend, showTooltip } from "./chrome.js"
import { encode, genresOf } from "./colors.js"
import { CONFIG, FIRST_CAMERA, drawingOrder, fittingRange, intoBox, layout, memory, traces } from "./figure.js"
import { Histograms, chartsOf } from "./histograms.js"
import { LabelLayer } from "./labels.js"
import { readLink, writeLink } from "./link.js"
import { drawOn, rowsInside } from "./pick.js"
import { density } from "./density.js"
import { pixelsIn3d } from "./projection3d.js"
import { findExpression, findWords, fold, searchLines } from "./search.js"
import { columnsOf, provide } from "./tables.js"

const SVG_COMFORT = 5000
const ANIMATION_MS = 600
const MOST_ANIMATED = 20000
const NO_ROWS = new Uint32Array()

const maps = new WeakMap()
let plotlyLoading = null

/** Streamlit calls this on mount and after every change of data or theme. */
export function render({ parentElement, data, setStateValue, setTriggerValue }) {
  if (data.columns) {
    provide(data.table, data.columns)
    return () => {}
  }
  if (!maps.has(parentElement)) maps.set(parentElement, new MovieMap(parentElement.querySelector(".movie-map"), data))
  const map = maps.get(parentElement)
  map.report = { selected: ids => setStateValue("selected", ids), clicked: id => setTriggerValue("clicked", { id }) }
  map.update(data)
  return () => {
    maps.delete(parentElement)
    map.destroy()
  }
}

function loadPlotly(address) {
  plotlyLoading ??= new Promise((resolve, reject) => {
    const script = document.createElement("script")
    script.src = new URL(address, document.baseURI.replace(/\/+([?#].*)?$/, ""))
    script.onload = () => resolve(window.Plotly)
    script.onerror = () => {
      plotlyLoading = null
      reject(new Error("The map's drawing library could not be loaded. Is server.enableStaticServing on?"))
    }
    document.head.append(script)
  })
  return plotlyLoading
}

const hasWebgl = (() => {
  let known = null
  return () => (known ??= Boolean(document.createElement("canvas").getContext("webgl")))
})()

class MovieMap {
  constructor(root, spec) {
    this.root = root
    this.remember = memory()
    const link = spec.link ? readLink() : null
    this.query = { text: link?.text ?? "", regex: link?.regex ?? false }
    this.place = { range: link?.range ?? null, camera: link?.camera ?? FIRST_CAMERA }
    this.pending = link && { selected: link.selected, filter: link.filter }
    this.brushes = {}
    this.found = null
    this.selected = NO_ROWS
    this.isolated = null
    this.focus = null
    this.toolName = "pan"
    this.turn = 0
    this.parts = build(root, {
      search: change => this.search(change),
      zoomToFound: () => this.zoomToFound(),
      tool: name => this.setTool(name),
      zoom: factor => this.zoom(factor),
      fit: () => this.fit(),
      isolate: () => this.isolate(),
      clear: () => this.clear(),
    })
    this.labels = new LabelLayer(this.parts.labels)
    this.histograms = new Histograms(this.parts.histograms, (key, value, add) => this.brush(key, value, add))
    this.parts.input.value = this.query.text
    this.parts.found.addEventListener("click", () => this.select(Uint32Array.from(this.found ?? []), {}))
    this.setTool("pan")
    this.listen()
  }

  listen() {
    const { stage, draw, plot } = this.parts
    this.resizing = new ResizeObserver(() => this.resize())
    this.resizing.observe(stage)
    drawOn(draw, () => this.toolName, (polygon, event) => this.outlined(polygon, event))
    draw.addEventListener("wheel", event => {
      event.preventDefault()
      const target = plot.querySelector(".nsewdrag") ?? plot.querySelector("canvas")
      target?.dispatchEvent(new WheelEvent("wheel", event))
    })
    let down = null
    plot.addEventListener("pointerdown", event => (down = [event.clientX, event.clientY]), true)
    plot.addEventListener("click", event => {
      const still = down && Math.hypot(event.clientX - down[0], event.clientY - down[1]) < 4
      if (still && this.hovered === null && this.focus !== null) this.click(null)
    })
  }

  destroy() {
    this.turn++
    this.resizing.disconnect()
    if (this.drawn) window.Plotly.purge(this.parts.plot)
  }


  async update(spec) {
    const turn = ++this.turn
    let columns
    try {
      columns = await Promise.all([
        columnsOf(spec.tables.movies),
        columnsOf(spec.tables.coordinates),
        columnsOf(spec.tables.style),
        loadPlotly(spec.plotly),
      ])
    } catch (error) {
      this.notify(error.message)
      return
    }
    if (turn !== this.turn) return
    const [movies, coordinates, style] = columns
    const before = { movies: this.movies, points: this.points, coordinates: this.coordinates, dims: this.dims }
    this.spec = spec
    this.style = style
    this.webgl = hasWebgl()
    this.dims = this.webgl ? spec.dims : 2
    if (movies !== before.movies) this.takeMovies(movies)
    if (coordinates !== before.coordinates || this.dims !== before.dims) {
      this.coordinates = coordinates
      this.points = intoBox(coordinates, this.dims, spec.extent)
    }
    this.focus = spec.focus === null ? null : (this.rowOf.get(spec.focus) ?? null)
    this.readTheme()
    this.dress()
    this.encodeColors()
    this.filter()
    const moved = before.points && before.points !== this.points && before.movies === movies
    if (moved && before.dims === this.dims) this.glide(before.points, this.points)
    else this.draw()
  }

  takeMovies(movies) {
    const ids = this.movies?.movie_id
    const selectedIds = this.pending?.selected ?? Array.from(this.selected, row => ids[row])
    const isolatedIds = this.isolated && new Set(Array.from(this.isolated, row => ids[row]))
    this.movies = movies
    this.rowOf = new Map(Array.from(movies.movie_id, (id, row) => [Number(id), row]))
    this.order = drawingOrder(movies.n_ratings)
    this.lines = searchLines(movies)
    this.folded = this.lines.map(fold)
    const rows = selectedIds.map(id => this.rowOf.get(Number(id)))
    const known = rows.filter(row => row !== undefined)
    this.selected = Uint32Array.from(known)
    if (this.pending && known.length < rows.length) {
      this.notify(`${rows.length - known.length} of the link's selected movies are not in this run.`)
    }
    if (this.pending?.selected.length) this.report.selected(Array.from(this.selected, row => Number(movies.movie_id[row])))
    this.isolated = isolatedIds && Uint32Array.from(this.order.filter(row => isolatedIds.has(movies.movie_id[row])))
    this.charts = this.spec.histograms ? chartsOf(movies, this.spec.palette) : []
    this.histograms.build(this.charts)
    this.takeFilters(this.pending?.filter ?? {})
    this.pending = null
    this.search({})
  }

  takeFilters(filter) {
    for (const [key, value] of Object.entries(filter)) {
      if (key === "genre" || key === "category") this.brushes[key] = new Set(value)
      else if (value.length === 2 && value.every(bin => /^\d+$/.test(bin))) this.brushes[key] = value.map(Number)
    }
  }

  readTheme() {
    const style = getComputedStyle(this.root)
    const read = name => style.getPropertyValue(name).trim()
    this.theme = { text: read("--st-text-color"), background: read("--st-background-color"), accent: read("--st-primary-color") }
  }

  dress() {
    this.root.classList.toggle("mm-plain", !this.spec.controls)
    this.parts.stage.style.height = `${this.spec.height}px`
    this.parts.stage.setAttribute("role", "group")
    this.parts.stage.setAttribute("aria-label", this.spec.description)
    const many = this.movies.movie_id.length > SVG_COMFORT
    if (!this.webgl && (many || this.spec.dims === 3)) {
      this.notify(
        `This browser has no WebGL.${many ? " The map works, but moves slowly with this many movies." : ""}` +
          (this.spec.dims === 3 ? " It is drawn flat: the first two of its three dimensions." : "")
      )
    }
  }


  encodeColors() {
    const chosen = this.brushes.genre ?? new Set()
    const { color, palette } = this.spec
    this.encoding = this.remember("encoding", [JSON.stringify(color), this.movies, this.style, [...chosen].join()], () =>
      encode(color, palette, this.movies, this.style.color, chosen)
    )
  }

  filter() {
    const { movies, order, brushes } = this
    const n = movies.movie_id.length
    const shown = new Uint8Array(n)
    const alone = this.isolated && new Set(this.isolated)
    const ranges = this.charts.filter(({ key, names }) => !names && brushes[key])
    const names = new Map((this.encoding.legend.entries ?? []).map(({ code, name }) => [code, name]))
    for (let row = 0; row < n; row++) {
      shown[row] =
        (!alone || alone.has(row)) &&
        ranges.every(({ key, bins }) => bins(row) >= brushes[key][0] && bins(row) <= brushes[key][1]) &&
        (!brushes.genre || genresOf(movies.genres[row]).some(name => brushes.genre.has(name))) &&
        (!brushes.category || brushes.category.has(names.get(this.encoding.values[row])))
          ? 1
          : 0
    }
    this.shown = shown
    this.shownRows = order.filter(row => shown[row])
    this.ghosts = alone || this.shownRows.length === n ? NO_ROWS : order.filter(row => !shown[row])
    this.light()
  }

  /** Decides which movies stand out: those found, selected, or in focus with their neighbors. */
  light() {
    const { shown } = this
    const neighbors = this.neighborRows()
    const mask = new Uint8Array(shown.length)
    for (const rows of [this.found ?? [], this.selected, neighbors]) for (const row of rows) mask[row] = shown[row]
    if (this.focus !== null) mask[this.focus] = 1
    this.litRows = this.order.filter(row => mask[row])
    this.foundRows = this.found && this.found.length <= 400 ? Uint32Array.from(this.found.filter(row => shown[row])) : NO_ROWS
    this.focusRows = this.focus === null ? NO_ROWS : Uint32Array.of(this.focus)
    this.dimming = this.found || this.selected.length ? 0.16 : this.litRows.length || this.spec.marks.length ? 0.4 : 1
  }

  neighborRows() {
    return this.spec.neighbors.map(id => this.rowOf.get(id)).filter(row => row !== undefined)
  }

  lineTrace(points) {
    const axes = ["x", "y", "z"].slice(0, this.dims)
    const line = Object.fromEntries(axes.map(axis => [axis, []]))
    const start = this.spec.marks.length ? points.place(this.spec.marks[0].at.slice(0, this.dims)) : this.focus === null ? null : this.at(this.focus, points)
    for (const row of start ? this.neighborRows() : []) {
      const end = this.at(row, points)
      axes.forEach((axis, i) => line[axis].push(start[i], end[i], null))
    }
    return line
  }

  at(row, points = this.points) {
    return this.dims === 2 ? [points.x[row], points.y[row]] : [points.x[row], points.y[row], points.z[row]]
  }

  markTrace() {
    const spots = this.spec.marks.map(({ at }) => this.points.place(at.slice(0, this.dims)))
    return Object.fromEntries(["x", "y", "z"].slice(0, this.dims).map((axis, i) => [axis, spots.map(spot => spot[i])]))
  }


  view(points) {
    const { stage } = this.parts
    const [width, height] = [stage.clientWidth, stage.clientHeight]
    this.place.range ??= fittingRange(width, height)
    return {
      ...this,
      points,
      width,
      height,
      sizes: this.style.size ?? null,
      nShown: this.shownRows.length,
      lines: this.lineTrace(points),
      marks: this.markTrace(),
    }
  }

  /** Draws the state; while a drawing is under way, the newest state waits and those between are skipped. */
  async draw(points = this.points) {
    this.waiting = points
    if (this.drawing || !this.parts.stage.clientWidth) return
    this.drawing = true
    try {
      while (this.waiting) {
        const next = this.waiting
        this.waiting = null
        await this.drawOnce(next)
      }
    } finally {
      this.drawing = false
    }
  }

  async drawOnce(points) {
    const view = this.view(points)
    const data = traces(view, this.remember)
    if (this.spec.contours && this.dims === 2) data.push(this.contours(points))
    const config = { ...CONFIG, scrollZoom: this.spec.controls }
    await window.Plotly.react(this.parts.plot, data, layout(view), config)
    if (!this.drawn) this.attach()
    this.drawn = true
    this.parts.plot.dataset.drawn = String(Number(this.parts.plot.dataset.drawn ?? 0) + 1)
    this.annotate()
    if (points === this.points) this.settle()
  }

  contours(points) {
    return this.remember("contours", [points.x, points.y, this.shownRows, this.theme.text], () => ({
      ...density(points, this.shownRows),
      type: "contour",
      contours: { coloring: "none", showlabels: false },
      ncontours: 9,
      line: { width: 1, color: this.theme.text, smoothing: 1 },
      opacity: 0.3,
      showscale: false,
      hoverinfo: "skip",
      name: "density",
    }))
  }

  attach() {
    const { plot } = this.parts
    plot.on("plotly_relayout", () => this.moved())
    plot.on("plotly_relayouting", change => this.moving(change))
    plot.on("plotly_hover", ({ points: [point] }) => this.hover(point))
    plot.on("plotly_unhover", () => this.unhover())
    plot.on("plotly_click", ({ points: [point] }) => this.click(this.shownRows[point.pointNumber]))
  }

  /** The legend, counts, histograms and labels that go with the figure. */
  annotate() {
    const { legend, status, found, regex, searchBox } = this.parts
    drawLegend(legend, this.encoding.legend, this.chosenEntries(), (name, add) => this.toggle(name, add))
    const n = this.movies.movie_id.length
    const write = value => value.toLocaleString("en-US")
    const counts = [this.shownRows.length === n ? `${write(n)} ${n === 1 ? "movie" : "movies"}` : `${write(this.shownRows.length)} of ${write(n)} movies`]
    if (this.isolated) counts.push("selection alone")
    if (this.selected.length) counts.push(`${write(this.selected.length)} selected`)
    status.textContent = counts.join(" · ")
    found.textContent = this.found ? `${write(this.found.length)} found` : ""
    found.title = this.found ? "Select them" : ""
    regex.setAttribute("aria-pressed", String(this.query.regex))
    searchBox.classList.toggle("mm-invalid", Boolean(this.queryError))
    const mask = this.selected.length ? new Uint8Array(n) : null
    for (const row of this.selected) mask[row] = this.shown[row]
    this.histograms.update(n, this.shown, mask, this.brushes)
    this.root.classList.toggle("mm-has-selection", this.selected.length > 0 || Boolean(this.isolated))
    this.placeLabels()
  }

  settle() {
    if (!this.spec.link) return
    const ids = Array.from(this.selected, row => this.movies.movie_id[row])
    const moved = this.userMoved || this.linkedView
    writeLink({
      query: this.query,
      range: moved && this.dims === 2 ? this.place.range : null,
      camera: moved && this.dims === 3 ? this.place.camera : null,
      selected: ids,
      filter: this.brushes,
    })
  }

  chosenEntries() {
    return (this.spec.color.kind === "genre" ? this.brushes.genre : this.brushes.category) ?? new Set()
  }

  placeLabels() {
    const toPixels = this.pixels()
    if (!toPixels) return this.labels.clear()
    const { width, height } = this.view(this.points)
    const lit = this.found || this.selected.length || this.focus !== null || this.spec.marks.length
    const candidates = this.spec.marks.map(({ text, at }) => ({ text, at: this.points.place(at.slice(0, this.dims)), kind: "mark", offset: 16 }))
    const title = (row, kind, offset) => ({ text: this.movies.title[row], at: this.at(row), kind, offset })
    if (this.focus !== null) candidates.push(title(this.focus, "focus", 16))
    for (const row of this.neighborRows()) if (this.shown[row]) candidates.push(title(row, "title", 12))
    if (!lit) {
      for (const { text, at } of this.spec.labels) candidates.push({ text, at: this.points.place(at.slice(0, this.dims)), kind: "cluster" })
    }
    if (this.spec.titles || lit) {
      const rows = lit ? this.litRows : this.shownRows
      for (let i = rows.length - 1; i >= 0; i--) candidates.push(title(rows[i], "title", lit ? 14 : 9))
    }
    const limit = Math.max(6, Math.round((width * height) / (lit ? 14000 : 24000)))
    this.labels.place(candidates, toPixels, width, height, limit)
  }

  /** Where a point of the box is on the screen: `(point) => [left, top]`; null while that is not known. */
  pixels(range = this.place.range) {
    const { stage, plot } = this.parts
    const [width, height] = [stage.clientWidth, stage.clientHeight]
    if (this.dims === 3) return pixelsIn3d(plot, width, height)
    const [x0, x1, y0, y1] = range
    return ([x, y]) => [((x - x0) / (x1 - x0)) * width, ((y1 - y) / (y1 - y0)) * height]
  }

  /** Moves the points from where they were to where they are now. */
  glide(from, to) {
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches
    if (still || from.x.length !== to.x.length || to.x.length > MOST_ANIMATED) return this.draw()
    this.labels.clear()
    const start = performance.now()
    const turn = this.turn
    const axes = ["x", "y", "z"].slice(0, this.dims)
    const frame = async now => {
      if (turn !== this.turn) return
      const time = Math.min(1, Math.max(0, (now - start) / ANIMATION_MS))
      if (time === 1) return this.draw()
      const eased = time * time * (3 - 2 * time)
      const mixed = { place: to.place }
      for (const axis of axes) mixed[axis] = to[axis].map((value, i) => from[axis][i] + (value - from[axis][i]) * eased)
      await this.draw(mixed)
      requestAnimationFrame(frame)
    }
    requestAnimationFrame(frame)
  }


  moved() {
    const { layout: now } = this.parts.plot
    if (this.dims === 2) this.place.range = [...now.xaxis.range, ...now.yaxis.range]
    else if (now.scene.camera) this.place.camera = now.scene.camera
    this.userMoved = true
    this.placeLabels()
    this.settle()
  }

  moving(change) {
    this.unhover()
    if (this.dims === 3) return this.labels.follow(this.pixels() ?? (() => [-999, -999]))
    const [x0, x1, y0, y1] = this.place.range
    const range = [change["xaxis.range[0]"] ?? x0, change["xaxis.range[1]"] ?? x1, change["yaxis.range[0]"] ?? y0, change["yaxis.range[1]"] ?? y1]
    this.labels.follow(this.pixels(range))
  }

  goTo(range) {
    this.place.range = range
    this.userMoved = true
    this.draw()
  }

  zoom(factor) {
    if (this.dims === 3) {
      const { eye } = this.place.camera
      const scaled = { x: eye.x * factor, y: eye.y * factor, z: eye.z * factor }
      this.place.camera = { ...this.place.camera, eye: scaled }
      return window.Plotly.relayout(this.parts.plot, { "scene.camera": this.place.camera })
    }
    const [x0, x1, y0, y1] = this.place.range
    const [x, y, w, h] = [(x0 + x1) / 2, (y0 + y1) / 2, ((x1 - x0) / 2) * factor, ((y1 - y0) / 2) * factor]
    return this.goTo([x - w, x + w, y - h, y + h])
  }

  fit() {
    const { stage } = this.parts
    if (this.dims === 3) return window.Plotly.relayout(this.parts.plot, { "scene.camera": FIRST_CAMERA })
    return this.goTo(fittingRange(stage.clientWidth, stage.clientHeight))
  }

  zoomToFound() {
    const rows = this.foundRows.length ? this.foundRows : this.litRows
    if (!rows.length || this.dims === 3) return
    const [xs, ys] = [rows, rows].map((all, i) => Array.from(all, row => this.at(row)[i]))
    const [left, right, bottom, top] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)]
    const { clientWidth, clientHeight } = this.parts.stage
    const unit = Math.max((right - left) / clientWidth, (top - bottom) / clientHeight, 0.25 / clientHeight) * 0.65
    const [x, y] = [(left + right) / 2, (bottom + top) / 2]
    this.goTo([x - unit * clientWidth, x + unit * clientWidth, y - unit * clientHeight, y + unit * clientHeight])
  }

  /** Keeps the middle and the scale when the window changes its size. */
  resize() {
    const { stage } = this.parts
    const size = [stage.clientWidth, stage.clientHeight]
    if (!this.drawn || !size[0]) {
      if (this.points) this.draw()
      this.size = size
      return
    }
    if (this.size && (this.size[0] !== size[0] || this.size[1] !== size[1])) {
      const [x0, x1, y0, y1] = this.place.range
      const unit = Math.max((y1 - y0) / this.size[1], 1e-9)
      const [x, y] = [(x0 + x1) / 2, (y0 + y1) / 2]
      const [w, h] = [(unit * size[0]) / 2, (unit * size[1]) / 2]
      this.place.range = this.userMoved ? [x - w, x + w, y - h, y + h] : fittingRange(...size)
      this.draw()
    }
    this.size = size
  }


  async search(change) {
    Object.assign(this.query, change)
    const asked = (this.asked = {})
    const { text, regex } = this.query
    try {
      const found = regex && text.trim() ? await findExpression(text.trim(), this.lines) : findWords(text, this.folded)
      if (asked !== this.asked) return
      this.found = found
      this.queryError = null
      this.notify("")
    } catch (error) {
      if (asked !== this.asked) return
      this.queryError = error.message
      this.notify(`${error.message}. The last result stays.`)
    }
    this.again()
  }

  again() {
    if (!this.points || !this.encoding) return
    this.light()
    this.draw()
  }

  brush(key, value, add = false) {
    if (key === "genre") return this.toggleIn("genre", value, add)
    if (value) this.brushes[key] = value
    else delete this.brushes[key]
    this.filter()
    return this.draw()
  }

  toggle(name, add) {
    return this.toggleIn(this.spec.color.kind === "genre" ? "genre" : "category", name, add)
  }

  toggleIn(key, name, add) {
    const before = this.brushes[key] ?? new Set()
    const after = new Set(add ? before : [])
    if (before.has(name) && (add || before.size === 1)) after.delete(name)
    else after.add(name)
    if (after.size) this.brushes[key] = after
    else delete this.brushes[key]
    this.encodeColors()
    this.filter()
    return this.draw()
  }

  setTool(name) {
    this.toolName = name
    for (const node of this.parts.tools.querySelectorAll("[data-action]")) {
      if (["pan", "box", "lasso"].includes(node.dataset.action)) {
        node.setAttribute("aria-pressed", String(node.dataset.action === name))
      }
    }
    this.parts.draw.classList.toggle("mm-active", name !== "pan")
  }

  outlined(polygon, event) {
    const toPixels = this.pixels()
    if (!toPixels) return
    const [first] = polygon
    const isClick = polygon.every(([x, y]) => Math.hypot(x - first[0], y - first[1]) < 4)
    if (isClick && !event.shiftKey && !event.altKey) return this.select(NO_ROWS, {})
    const rows = rowsInside(polygon, this.shownRows, row => toPixels(this.at(row)))
    this.select(rows, { add: event.shiftKey, subtract: event.altKey })
  }

  select(rows, { add = false, subtract = false }) {
    const chosen = new Set(add || subtract ? this.selected : [])
    for (const row of rows) subtract ? chosen.delete(row) : chosen.add(row)
    this.selected = this.order.filter(row => chosen.has(row))
    this.report.selected(Array.from(this.selected, row => Number(this.movies.movie_id[row])))
    this.again()
  }

  isolate() {
    this.isolated = this.isolated ? null : this.selected.length ? this.selected : this.found ? Uint32Array.from(this.found) : null
    if (!this.isolated && !this.selected.length && !this.found) this.notify("Select movies first: with the box, the free line or a search.")
    this.filter()
    this.draw()
  }

  clear() {
    this.brushes = {}
    this.isolated = null
    this.parts.input.value = ""
    this.query = { text: "", regex: this.query.regex }
    this.found = null
    this.queryError = null
    this.notify("")
    this.encodeColors()
    this.filter()
    if (this.focus !== null) this.click(null)
    this.select(NO_ROWS, {})
  }

  click(row) {
    this.focus = row
    this.report.clicked(row === null ? null : Number(this.movies.movie_id[row]))
    if (row === null) this.spec = { ...this.spec, neighbors: [] }
    this.again()
  }

  hover(point) {
    if (point.data.name !== "points") return
    const row = this.shownRows[point.pointNumber]
    this.hovered = row
    const spot = this.pixels()?.(this.at(row))
    if (!spot) return
    const { movies } = this
    const year = movies.year[row]
    showTooltip(
      this.parts.tooltip,
      {
        title: movies.title[row],
        year: Number.isFinite(year) ? year : null,
        genres: movies.genres[row],
        nRatings: Number(movies.n_ratings[row]),
        mean: movies.mean_rating[row],
        bias: movies.bias[row],
      },
      ...spot,
      this.parts.stage.clientWidth
    )
  }

  unhover() {
    this.hovered = null
    this.parts.tooltip.classList.remove("mm-visible")
  }

  notify(message) {
    this.parts.notice.textContent = message
    this.parts.notice.classList.toggle("mm-visible", Boolean(message))
  }
}
