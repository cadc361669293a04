// Which part of the map is in the window: a rectangle in two dimensions, a camera in three.

import { FIRST_CAMERA, firstCamera, fittingRange } from "./figure.js"
import { echo } from "./linked.js"
import { pixelsIn3d } from "./projection3d.js"

/** Pixels at the right that the tools take. */
const TOOLS = 56

export class Place {
  /** `changed()` is called after a move that this class itself makes in two dimensions. */
  constructor(map, link) {
    this.map = map
    this.range = link?.range ?? null
    this.ownCamera = link?.camera ?? null
    this.isOwn = Boolean(link?.range || link?.camera)
    this.size = null
    /** Of the pictures that were seen one after the other. */
    this.nth = 0
  }

  get camera() {
    return this.ownCamera ?? firstCamera(this.map.points?.reach)
  }

  window() {
    const { clientWidth: width, clientHeight: height } = this.map.parts.stage
    // A stage that is not laid out yet, or hidden, says nothing about the window.
    if (width && height) {
      this.range ??= this.first(width, height)
      this.size ??= [width, height]
    }
    return { width, height }
  }

  /** Where a point of the box is on the screen: `([x, y]) => [left, top]`; null while that is not known. */
  pixels(range = this.range) {
    const { width, height } = this.window()
    if (this.map.dims === 3) return pixelsIn3d(this.map.parts.plot, width, height)
    const [x0, x1, y0, y1] = range
    return ([x, y]) => [((x - x0) / (x1 - x0)) * width, ((y1 - y) / (y1 - y0)) * height]
  }

  /** Takes over what the visitor did with mouse or fingers. */
  read({ xaxis, yaxis, scene }) {
    this.isOwn = true
    if (this.map.dims === 2) return this.moved([...xaxis.range, ...yaxis.range])
    if (!scene.camera || JSON.stringify(scene.camera) === JSON.stringify(this.ownCamera)) return
    this.ownCamera = scene.camera
    echo(this.map, other => other.place.fly(scene.camera))
  }

  /** The window is there now, or on its way. */
  moved(range) {
    this.range = range
    this.isOwn = true
    echo(this.map, other => other.place.goTo(range))
  }

  goTo(range) {
    this.moved(range)
    this.map.draw()
  }

  zoom(factor) {
    if (this.map.dims === 3) {
      const eye = Object.fromEntries(Object.entries(this.camera.eye).map(([axis, value]) => [axis, value * factor]))
      return this.fly({ ...this.camera, eye })
    }
    const [x0, x1, y0, y1] = this.range
    return this.goTo(around((x0 + x1) / 2, (y0 + y1) / 2, ((x1 - x0) / 2) * factor, ((y1 - y0) / 2) * factor))
  }

  fit() {
    if (this.map.dims === 3) return this.fly(FIRST_CAMERA)
    const { width, height } = this.window()
    return this.goTo(this.first(width, height, this.map.points?.reach))
  }

  /** Back to what is shown before anybody has moved, with the next drawing. */
  leave() {
    const { width, height } = this.window()
    Object.assign(this, { ownCamera: null, isOwn: false, nth: this.nth + 1 })
    if (width && height) this.range = this.first(width, height)
  }

  /** What is shown before anybody has moved; the tools lie over no movie. */
  first(width, height, reach) {
    return fittingRange(width, height, reach, this.map.spec?.controls ? TOOLS : 0)
  }

  fly(camera) {
    this.ownCamera = camera
    this.isOwn = true
    echo(this.map, other => other.place.fly(camera))
    return window.Plotly.relayout(this.map.parts.plot, { "scene.camera": camera })
  }

  /** Moves so that these points are in the window, with some air around them. */
  zoomTo(points) {
    if (!points.length || this.map.dims === 3) return
    const { width, height } = this.window()
    const xs = points.map(([x]) => x)
    const ys = points.map(([, y]) => y)
    const [left, right, bottom, top] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)]
    const unit = Math.max((right - left) / width, (top - bottom) / height, 0.25 / height) * 0.65
    this.goTo(around((left + right) / 2, (bottom + top) / 2, unit * width, unit * height))
  }

  /** Keeps the middle and the scale when the window has another size. */
  resize() {
    const { clientWidth, clientHeight } = this.map.parts.stage
    if (!clientWidth || !clientHeight) return false
    const before = this.size
    this.size = null
    const { width, height } = this.window()
    if (!before || !this.range || (before[0] === width && before[1] === height)) return false
    const [x0, x1, y0, y1] = this.range
    const unit = (y1 - y0) / before[1] / 2
    this.range = this.isOwn ? around((x0 + x1) / 2, (y0 + y1) / 2, unit * width, unit * height) : this.first(width, height)
    return true
  }
}

const around = (x, y, halfWidth, halfHeight) => [x - halfWidth, x + halfWidth, y - halfHeight, y + halfHeight]
