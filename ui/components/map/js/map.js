// A movie map: keeps one Plotly figure in place while everything around and inside it changes.

import { Actions } from "./actions.js"
import { build, drawLegend } from "./chrome.js"
import { encode, genresOf } from "./colors.js"
import { density } from "./density.js"
import { CONFIG, drawingOrder, intoBox, layout, memory, traces } from "./figure.js"
import { between, mixed, startOf } from "./glide.js"
import { Histograms, chartsOf } from "./histograms.js"
import { LabelLayer } from "./labels.js"
import { readLink, writeLink } from "./link.js"
import { echo, join, leave, speaks } from "./linked.js"
import { drawOn } from "./pick.js"
import { Place } from "./place.js"
import { hasWebgl, loadPlotly } from "./plotly.js"
import { fold, searchLines } from "./search.js"
import { SLOW_MS, Sketch } from "./sketch.js"
import { askForMissing, columnsOf } from "./tables.js"

const SVG_COMFORT = 5000
const GLIDE_MS = 600
const MOST_GLIDING = 20000
const MOST_RINGS = 150
const LINK_EVERY_MS = 500
const NO_ROWS = new Uint32Array()

export class MovieMap {
  #lines = null
  #folded = null

  constructor(root, spec) {
    const link = spec.link || spec.group ? readLink() : null
    this.root = root
    this.spec = spec
    this.remember = memory()
    this.query = { text: link?.text ?? "", regex: link?.regex ?? false }
    this.pending = link && { selected: link.selected, filter: link.filter }
    this.share = spec.ends ? (link?.glide ?? 0) : 0
    Object.assign(this, { brushes: {}, found: null, selected: NO_ROWS, isolated: null, focus: null, turn: 0, drawingMs: 0 })
    this.isOwed = false
    this.actions = new Actions(this)
    this.place = new Place(this, link)
    this.parts = build(root, this.actions, this.place)
    this.labels = new LabelLayer(this.parts.labels)
    this.sketch = new Sketch(this, this.parts.sketch, this.parts.plot)
    this.histograms = new Histograms(this.parts.histograms, (...brush) => this.actions.brush(...brush))
    this.parts.input.value = this.query.text
    this.actions.tool("pan")
    this.listen()
    join(this, spec.group)
  }

  listen() {
    const { stage, draw, plot } = this.parts
    this.resizing = new ResizeObserver(() => this.resized())
    this.resizing.observe(stage)
    drawOn(draw, () => this.actions.toolName, (polygon, event) => this.actions.outlined(polygon, event))
    draw.addEventListener("wheel", event => {
      event.preventDefault()
      const target = plot.querySelector(".nsewdrag") ?? plot.querySelector("canvas")
      target?.dispatchEvent(new WheelEvent("wheel", event))
    })
    // Streamlit writes the address anew when the page runs, and forgets what it has not seen there before.
    this.linking = setInterval(() => this.drawn && this.saveLink(), LINK_EVERY_MS)
    let down = null
    plot.addEventListener("pointerdown", event => (down = [event.clientX, event.clientY]), true)
    plot.addEventListener("click", event => {
      const still = down && Math.hypot(event.clientX - down[0], event.clientY - down[1]) < 4
      if (still && this.actions.hovered === null && this.focus !== null) this.actions.click(null)
    })
  }

  resized() {
    const changed = this.place.resize()
    if (this.points && (changed || !this.drawn)) this.draw()
  }

  attach() {
    const { plot } = this.parts
    plot.on("plotly_relayout", () => {
      this.place.read(plot.layout)
      this.placeLabels()
      this.saveLink()
      // What was sketched when the map was moved is still to be drawn.
      if (this.isOwed) this.draw()
      this.isOwed = false
    })
    plot.on("plotly_relayouting", change => this.followLabels(change))
    plot.on("plotly_hover", ({ points: [point] }) => this.actions.hover(this.shownRows[point.pointNumber]))
    plot.on("plotly_unhover", () => this.actions.unhover())
    plot.on("plotly_click", ({ points: [point] }) => this.actions.click(this.shownRows[point.pointNumber]))
  }

  destroy() {
    leave(this)
    this.turn++
    this.gone = true
    this.resizing.disconnect()
    clearInterval(this.linking)
    this.sketch.clear()
    // Plotly goes on with a drawing that is under way, and needs what purging takes away.
    if (!this.drawing) this.purge()
  }

  purge() {
    if (this.drawn) window.Plotly.purge(this.parts.plot)
  }

  /** Takes what the page says; columns that are on their way are waited for, while the last picture stays. */
  async update(spec) {
    const turn = ++this.turn
    let columns
    try {
      const ids = ["movies", "coordinates", "style", "onto"].map(name => spec.tables[name])
      askForMissing(ids, () => turn === this.turn, missing => this.report.missing(missing))
      columns = await Promise.all([...ids.map(columnsOf), loadPlotly(spec.plotly)])
    } catch (error) {
      this.notify(error.message)
      return
    }
    if (turn !== this.turn) return
    const [movies, coordinates, style, onto] = columns
    const { encoding, rowOf } = this
    const isReframed = JSON.stringify(spec.extent) !== JSON.stringify(this.spec.extent)
    const isFree = !spec.extent && !this.spec.extent
    const before = { movies: this.movies, coordinates: this.coordinates, onto: this.onto, dims: this.dims }
    Object.assign(this, { spec, style, coordinates, onto, webgl: hasWebgl() })
    this.dims = this.webgl ? spec.dims : 2
    if (movies !== before.movies) this.takeMovies(movies)
    const moved = coordinates !== before.coordinates || onto !== before.onto || this.dims !== before.dims
    // A part of another picture is no place to stay at. Where the scale is kept, the points move within one.
    if (before.coordinates && coordinates !== before.coordinates && isFree) this.place.leave()
    if (moved || isReframed) this.takePlaces()
    this.focus = spec.focus === null ? null : (this.rowOf.get(spec.focus) ?? null)
    this.dress()
    this.filter()
    if (moved && this.drawnPoints && this.dims === before.dims) this.glide(rowOf)
    else if (moved || encoding === this.encoding || !this.sketch.drawAll()) this.draw()
  }

  /** Where the movies are: in their own places, or so much of the way to those that they glide to. */
  takePlaces() {
    const { dims, share, spec } = this
    const boxed = columns =>
      this.remember(columns === this.onto ? "onto" : "home", [columns, dims, JSON.stringify(spec.extent)], () =>
        intoBox(columns, dims, spec.extent)
      )
    this.points = boxed(this.coordinates)
    if (spec.ends && share) this.points = mixed(this.points, boxed(this.onto), share, ["x", "y", "z"].slice(0, dims))
  }

  takeMovies(movies) {
    const ids = this.pending?.selected ?? this.idsOf(this.selected)
    const isolatedIds = this.isolated && this.idsOf(this.isolated)
    this.movies = movies
    this.rowOf = new Map(Array.from(movies.movie_id, (id, row) => [Number(id), row]))
    this.order = drawingOrder(movies.n_ratings)
    const few = Uint8Array.from(movies.n_ratings, n => Number(n < this.spec.few))
    // Where all have few, or none, none stands back.
    this.few = few.includes(1) && few.includes(0) ? few : null
    this.#lines = this.#folded = null
    this.selected = this.rowsOf(ids)
    this.isolated = isolatedIds && this.rowsOf(isolatedIds)
    this.charts = this.spec.histograms ? chartsOf(movies, this.spec.palette) : []
    this.histograms.build(this.charts)
    if (this.pending) this.takeLink(this.pending)
    this.pending = null
    if (this.query.text) this.actions.search({})
  }

  /** What a search looks through, made when it is first wanted: of tens of thousands of movies it takes a while. */
  get lines() {
    return (this.#lines ??= searchLines(this.movies))
  }

  get folded() {
    return (this.#folded ??= this.lines.map(fold))
  }

  takeLink({ selected, filter }) {
    for (const [key, value] of Object.entries(filter)) {
      if (key === "genre" || key === "category") this.brushes[key] = new Set(value)
      else if (value.length === 2 && value.every(bin => /^\d+$/.test(bin))) this.brushes[key] = value.map(Number)
    }
    if (selected.length && speaks(this)) this.report.selected(this.idsOf(this.selected))
    const nMissing = selected.length - this.selected.length
    if (nMissing) this.notify(`${nMissing} of the movies that the link selects are not in this run.`)
  }

  dress() {
    const style = getComputedStyle(this.root)
    const read = name => style.getPropertyValue(name).trim()
    this.theme = { text: read("--st-text-color"), background: read("--st-background-color"), accent: read("--st-primary-color") }
    this.root.classList.toggle("mm-plain", !this.spec.controls)
    this.parts.tools.querySelector("[data-action=link]").hidden = !this.spec.link
    this.parts.stage.style.height = `${this.spec.height}px`
    this.parts.stage.setAttribute("aria-label", this.spec.description)
    this.dressSlider()
    if (this.webgl) return
    const slow = this.movies.movie_id.length > SVG_COMFORT ? " The map works, but moves slowly with this many movies." : ""
    const flat = this.spec.dims === 3 ? " It shows the first two of three dimensions." : ""
    if (slow || flat) this.notify(`This browser has no WebGL.${slow}${flat}`)
  }

  dressSlider() {
    const { glide, slider, ends } = this.parts
    glide.hidden = !this.spec.ends
    if (!this.spec.ends) return
    const [start, end] = this.spec.ends
    ends[0].textContent = start
    ends[1].textContent = end
    slider.value = this.share
    slider.setAttribute("aria-label", `Glide from ${start} to ${end}`)
  }

  /** Decides which movies are shown at all: those of the isolated selection that pass every brush. */
  filter() {
    const { movies, brushes, order } = this
    const chosen = brushes.genre ?? new Set()
    const { color, palette } = this.spec
    this.encoding = this.remember("encoding", [JSON.stringify(color), movies, this.style, [...chosen].join()], () =>
      encode(color, palette, movies, this.style.color, chosen)
    )
    const alone = this.isolated && new Set(this.isolated)
    const ranges = this.charts.filter(({ key, names }) => !names && brushes[key])
    const categories = new Map((this.encoding.legend.entries ?? []).map(({ code, name }) => [code, name]))
    const byCategory = color.kind === "category" && brushes.category
    this.shown = Uint8Array.from(movies.movie_id, (_, row) =>
      Number(
        (!alone || alone.has(row)) &&
          ranges.every(({ key, bins }) => bins(row) >= brushes[key][0] && bins(row) <= brushes[key][1]) &&
          (!chosen.size || genresOf(movies.genres[row]).some(name => chosen.has(name))) &&
          (!byCategory || byCategory.has(categories.get(this.encoding.values[row])))
      )
    )
    this.shownRows = order.filter(row => this.shown[row])
    this.ghosts = alone || this.shownRows.length === order.length ? NO_ROWS : order.filter(row => !this.shown[row])
    this.light()
  }

  /** Decides which movies stand out: those found, selected, or in focus with their neighbors. */
  light() {
    const mask = new Uint8Array(this.shown.length)
    for (const rows of [this.found ?? [], this.selected, this.neighborRows()]) {
      for (const row of rows) mask[row] = this.shown[row]
    }
    if (this.focus !== null) mask[this.focus] = 1
    this.litRows = this.order.filter(row => mask[row])
    const ringed = this.found && this.found.length <= MOST_RINGS ? this.found : []
    this.foundRows = Uint32Array.from(ringed.filter(row => this.shown[row]))
    this.focusRows = this.focus === null ? NO_ROWS : Uint32Array.of(this.focus)
    const hasPointers = this.focus !== null || this.spec.marks.length > 0
    this.standsOut = this.found !== null || this.selected.length > 0 || hasPointers
    this.dimming = this.found || this.selected.length ? 0.16 : hasPointers ? 0.35 : 1
  }

  lightAndDraw() {
    if (!this.points) return
    this.light()
    if (!this.sketch.draw()) this.draw()
  }

  filterAndDraw() {
    if (!this.points) return
    this.filter()
    this.draw()
  }

  /** Draws the state; while a drawing is under way, the newest state waits and those between are skipped. */
  async draw(points = this.points) {
    this.waiting = points
    if (this.drawing || !this.place.range) return
    this.drawing = true
    try {
      while (this.waiting && !this.gone) {
        const next = this.waiting
        this.waiting = null
        await this.drawOnce(next)
      }
    } finally {
      this.drawing = false
      if (this.gone) this.purge()
    }
  }

  async drawOnce(points) {
    const start = performance.now()
    const wanted = this.litRows
    const { place, spec } = this
    const view = { ...this, ...place.window(), range: place.range, camera: place.camera, points, reach: this.points.reach }
    view.lines = this.lineTrace(points)
    view.stars = this.markTrace()
    const data = traces(view, this.remember)
    if (spec.contours && this.dims === 2) data.push(this.contours(points))
    await window.Plotly.react(this.parts.plot, data, layout(view), { ...CONFIG, scrollZoom: spec.controls })
    if (!this.drawn) this.attach()
    this.drawn = true
    if (this.gone) return
    // What was wished for meanwhile is sketched by now, and drawn next.
    if (wanted === this.litRows) this.sketch.clear()
    this.drawnPoints = points
    this.drawingMs = performance.now() - start
    if (points === this.points) this.settle()
  }

  /** What goes with a figure at rest. */
  settle() {
    const { plot } = this.parts
    this.tell()
    plot.dataset.drawn = String(Number(plot.dataset.drawn ?? 0) + 1)
    // The next search finds it ready.
    if (this.spec.controls) (window.requestIdleCallback ?? setTimeout)(() => this.gone || this.folded)
  }

  /** What goes with a sketch: the same, while the figure is on its way. */
  sketched() {
    const { plot } = this.parts
    this.tell()
    plot.dataset.sketched = String(Number(plot.dataset.sketched ?? 0) + 1)
  }

  /** Legend, counts, histograms, labels and the address. */
  tell() {
    const { legend, status, found, regex, searchBox } = this.parts
    const write = value => value.toLocaleString("en-US")
    const n = this.movies.movie_id.length
    const chosen = this.brushes[this.spec.color.kind === "genre" ? "genre" : "category"] ?? new Set()
    drawLegend(legend, this.encoding.legend, chosen, (name, add) => this.actions.toggle(name, add))
    const { isOwn } = this.place
    const counts = [this.shownRows.length === n ? `${write(n)} ${n === 1 ? "movie" : "movies"}` : `${write(this.shownRows.length)} of ${write(n)} movies`]
    if (this.spec.among && this.shownRows.length === n) counts[0] += ` ${this.spec.among}`
    const { nOutside } = this.points
    if (!isOwn && nOutside) counts.push(`${write(nOutside)} lie farther out${this.spec.controls ? ": zoom out" : ""}`)
    if (this.isolated) counts.push("the selection alone")
    if (this.selected.length) counts.push(`${write(this.selected.length)} selected`)
    status.textContent = counts.join(" · ")
    found.textContent = this.found ? `${write(this.found.length)} found` : ""
    regex.setAttribute("aria-pressed", String(this.query.regex))
    searchBox.classList.toggle("mm-invalid", Boolean(this.queryError))
    this.histograms.update(n, this.shown, this.selected, this.brushes)
    this.placeLabels()
    this.saveLink()
  }

  saveLink() {
    if (!this.spec.link) return
    const { isOwn, range, camera } = this.place
    writeLink({
      query: this.query,
      range: isOwn && this.dims === 2 ? range : null,
      camera: isOwn && this.dims === 3 ? camera : null,
      selected: this.idsOf(this.selected),
      filter: this.brushes,
      glide: this.share,
    })
  }

  placeLabels() {
    const toPixels = this.place.pixels()
    if (!toPixels) return this.labels.clear()
    const { width, height } = this.place.window()
    const { spec, standsOut } = this
    const title = (row, kind, offset) => ({ text: this.movies.title[row], at: this.at(row), kind, offset })
    const named = (kind, offset) => label => ({ ...label, at: this.boxed(label.at), kind, offset })
    const candidates = spec.marks.map(named("mark", 16))
    if (this.focus !== null) candidates.push(title(this.focus, "focus", 16))
    for (const row of this.neighborRows()) if (this.shown[row]) candidates.push(title(row, "title", 13))
    if (!standsOut) candidates.push(...spec.labels.map(named("cluster", 0)))
    if (spec.titles || standsOut) {
      const rows = standsOut ? this.litRows : this.shownRows
      for (let i = rows.length - 1; i >= 0; i--) candidates.push(title(rows[i], "title", standsOut ? 14 : 9))
    }
    const limit = Math.max(6, Math.round((width * height) / (standsOut ? 14000 : 22000)))
    this.labels.place(candidates, toPixels, width, height, limit, this.covered())
  }

  /** The boxes of the stage that controls lie on. */
  covered() {
    const { stage, searchBox, tools } = this.parts
    const { left, top } = stage.getBoundingClientRect()
    return [searchBox, ...tools.children].map(node => {
      const box = node.getBoundingClientRect()
      return [box.left - left, box.top - top, box.right - left, box.bottom - top]
    })
  }

  followLabels(change) {
    this.actions.unhover()
    this.isOwed = this.sketch.clear() || this.isOwed
    const [x0, x1, y0, y1] = this.place.range
    const range = [
      change["xaxis.range[0]"] ?? x0,
      change["xaxis.range[1]"] ?? x1,
      change["yaxis.range[0]"] ?? y0,
      change["yaxis.range[1]"] ?? y1,
    ]
    const toPixels = this.place.pixels(range)
    if (toPixels) this.labels.follow(toPixels)
    if (this.dims === 2) echo(this, other => other.place.goTo(range))
  }

  /** Moves the points from where they were, in rows by `rowBefore`, to where they belong, unless slow or unwanted. */
  glide(rowBefore) {
    const to = this.points
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches
    const hurried = performance.now() - (this.lastMove ?? -1e9) < 1500 && this.drawingMs >= SLOW_MS
    this.lastMove = performance.now()
    if (still || hurried || to.x.length > MOST_GLIDING) return this.draw()
    this.labels.clear()
    const { turn } = this
    let start // The first frame's time: what keeps the browser busy until then does not eat the way.
    const axes = ["x", "y", "z"].slice(0, this.dims)
    const from = startOf(this.movies, to, this.drawnPoints, rowBefore, axes)
    const frame = async now => {
      if (turn !== this.turn) return
      start ??= now
      const time = (now - start) / GLIDE_MS
      if (time >= 1) return this.draw()
      await this.draw(between(from, to, time, axes))
      requestAnimationFrame(frame)
    }
    requestAnimationFrame(frame)
  }

  contours(points) {
    return this.remember("contours", [points.x, points.y, this.shownRows, this.theme.text], () => ({
      ...density(points, this.shownRows),
      type: "contour",
      contours: { coloring: "none" },
      ncontours: 9,
      line: { width: 1, color: this.theme.text, smoothing: 1 },
      opacity: 0.3,
      showscale: false,
      hoverinfo: "skip",
      name: "density",
    }))
  }

  lineTrace(points) {
    const axes = ["x", "y", "z"].slice(0, this.dims)
    const line = Object.fromEntries(axes.map(axis => [axis, []]))
    const [mark] = this.spec.marks
    const start = mark ? this.boxed(mark.at, points) : this.focus === null ? null : this.at(this.focus, points)
    for (const row of start ? this.neighborRows() : []) {
      const end = this.at(row, points)
      axes.forEach((axis, i) => line[axis].push(start[i], end[i], null))
    }
    return line
  }

  markTrace() {
    const spots = this.spec.marks.map(({ at }) => this.boxed(at))
    return Object.fromEntries(["x", "y", "z"].slice(0, this.dims).map((axis, i) => [axis, spots.map(spot => spot[i])]))
  }

  neighborRows() {
    return this.rowsOf(this.spec.neighbors)
  }

  /** Rows of the movies with these ids, as far as they are on the map. */
  rowsOf(ids) {
    return Uint32Array.from(ids.map(id => this.rowOf.get(Number(id))).filter(row => row !== undefined))
  }

  idsOf(rows) {
    return Array.from(rows, row => Number(this.movies.movie_id[row]))
  }

  /** Where a movie lies in the box, `[x, y]` or `[x, y, z]`. */
  at(row, points = this.points) {
    return this.dims === 2 ? [points.x[row], points.y[row]] : [points.x[row], points.y[row], points.z[row]]
  }

  boxed(coordinates, points = this.points) {
    return points.place(coordinates.slice(0, this.dims))
  }

  movie(row) {
    const { title, year, genres, n_ratings, mean_rating, bias } = this.movies
    return {
      title: title[row],
      year: Number.isFinite(year[row]) ? year[row] : null,
      genres: genres[row],
      nRatings: Number(n_ratings[row]),
      mean: mean_rating[row],
      bias: bias[row],
    }
  }

  notify(message) {
    this.parts.notice.textContent = message
    this.parts.notice.classList.toggle("mm-visible", Boolean(message))
  }
}
