// Where drawing a map takes a while, what stands out is sketched at once; the figure follows after a pause.

import { FAINT, markerStyle } from "./figure.js"

/** With so many movies the figure always takes a while, with fewer where its last drawing took so many ms, which it does
 * in a browser that draws in software; with still fewer it is there in no time. */
const MANY = 20000
export const SLOW_MS = 40
const FEWEST = 1000
/** ms without another wish after which the figure is drawn, at most: sooner where it takes less. */
const PAUSE_MS = 300
/** So long a frame may take to be shown once the page has no more to say about it. */
const FRAME_MS = 20
/** A page in the background gets no frames: after so many ms the figure is drawn all the same. */
const SLOWEST_FRAME_MS = 1000
/** Colors of a sketch in new colors: more than any legend tells apart. */
const STEPS = 512
/** More dots are painted square, which nobody sees and takes a fraction of the time. */
const MOST_ROUND = 2000
/** Diameter, in device pixels, from which one sees whether a dot is round. */
const SEEN_ROUND = 4

export class Sketch {
  /** `canvas` lies over the figure of `map`; `under` is what is dimmed meanwhile. */
  constructor(map, canvas, under) {
    Object.assign(this, { map, canvas, under, timer: null })
  }

  /** Sketches what stands out, all movies where nothing does, and has the figure drawn later; false where that is drawn
   * as quickly. */
  draw() {
    const { map } = this
    if (!map.litRows.length) return this.drawAll()
    if (!this.isWorthIt()) return false
    this.paint()
    clearTimeout(this.timer)
    this.timer = setTimeout(() => map.draw(), Math.min(PAUSE_MS, map.drawingMs))
    map.sketched()
    return true
  }

  /** The canvas, empty and as large as the window: its size in px, device pixels to one of them, and its context. */
  blank() {
    const { width, height } = this.map.place.window()
    const ratio = window.devicePixelRatio || 1
    Object.assign(this.canvas, { width: width * ratio, height: height * ratio })
    return { width, height, ratio, paint: this.canvas.getContext("2d") }
  }

  paint() {
    const { map } = this
    const { width, height, ratio, paint } = this.blank()
    paint.scale(ratio, ratio)
    const toPixels = map.place.pixels()
    const { size, opacity } = markerStyle(map.shownRows.length)
    paint.globalAlpha = opacity
    const { x, y } = map.points
    const radius = size * 0.6
    const isRound = map.litRows.length <= MOST_ROUND
    for (const row of map.litRows) {
      const [left, top] = toPixels([x[row], y[row]])
      if (left < -radius || top < -radius || left > width + radius || top > height + radius) continue
      paint.fillStyle = colorOf(map.encoding, row)
      if (!isRound) {
        paint.fillRect(left - 0.9 * radius, top - 0.9 * radius, 1.8 * radius, 1.8 * radius)
        continue
      }
      paint.beginPath()
      paint.arc(left, top, radius, 0, 2 * Math.PI)
      paint.fill()
    }
    this.under.classList.remove("mm-hidden")
    this.under.classList.add("mm-dimmed")
  }

  isWorthIt() {
    const { map } = this
    const { width, height } = map.place.window()
    const n = map.shownRows.length
    const isSlow = n >= MANY || (n >= FEWEST && map.drawingMs >= SLOW_MS)
    return Boolean(isSlow && map.dims === 2 && map.drawn && map.drawnPoints === map.points && width && height)
  }

  /** Sketches all movies, as none stands out, and has the figure drawn next. */
  drawAll() {
    const { map } = this
    if (map.style.size || map.standsOut || map.spec.contours || map.ghosts.length || !this.isWorthIt()) return false
    this.paintAll()
    clearTimeout(this.timer)
    // Once what is painted is seen: what a frame calls comes before it is shown, a timer set there after.
    const timer = (this.timer = setTimeout(() => this.timer === timer && map.draw(), SLOWEST_FRAME_MS))
    requestAnimationFrame(() => {
      if (this.timer !== timer) return
      clearTimeout(timer)
      this.timer = setTimeout(() => map.draw(), FRAME_MS)
    })
    map.sketched()
    return true
  }

  /** Each movie pixel by pixel: tens of thousands of fillings of a canvas take ten times as long. */
  paintAll() {
    const { map, canvas } = this
    const { ratio, paint } = this.blank()
    const image = paint.createImageData(canvas.width, canvas.height)
    const toPixels = map.place.pixels()
    const { x, y } = map.points
    const { size, opacity } = markerStyle(map.shownRows.length)
    const { values, min, max } = map.encoding
    const colors = stepsOf(map.encoding.scale)
    const dot = stampOf(size * ratio, opacity)
    const faint = stampOf(size * ratio * FAINT.size, opacity * FAINT.opacity)
    for (const row of map.shownRows) {
      const stamp = map.few?.[row] ? faint : dot
      const [left, top] = toPixels([x[row], y[row]])
      const at = [Math.round(left * ratio - stamp.side / 2), Math.round(top * ratio - stamp.side / 2)]
      const step = Math.min(STEPS - 1, Math.max(0, Math.floor(((values[row] - min) / (max - min)) * STEPS)))
      blend(image, at, stamp, colors, 3 * step)
    }
    paint.putImageData(image, 0, 0)
    this.under.classList.remove("mm-dimmed")
    this.under.classList.add("mm-hidden")
  }

  /** The figure shows all of it by now, or something else. True where it was still to be drawn. */
  clear() {
    const wasOwed = this.timer !== null
    clearTimeout(this.timer)
    this.timer = null
    this.under.classList.remove("mm-dimmed", "mm-hidden")
    if (this.canvas.width) this.canvas.width = 0
    return wasOwed
  }
}

function colorOf({ values, scale, min, max }, row) {
  const share = (values[row] - min) / (max - min)
  let color = scale[0][1]
  for (const [from, paint] of scale) {
    if (from > share) break
    color = paint
  }
  return color
}

/** The colors of a Plotly scale at `STEPS` places, red, green and blue of each one after the other. */
function stepsOf(scale) {
  const paint = Object.assign(document.createElement("canvas"), { width: STEPS, height: 1 }).getContext("2d")
  const gradient = paint.createLinearGradient(0, 0, STEPS, 0)
  for (const [at, color] of scale) gradient.addColorStop(at, color)
  paint.fillStyle = gradient
  paint.fillRect(0, 0, STEPS, 1)
  return paint.getImageData(0, 0, STEPS, 1).data.filter((_, i) => i % 4 !== 3)
}

/** How opaque each pixel of a dot is, `side` of them in a row: round, or where nobody sees that, a square of as much color. */
function stampOf(across, opacity) {
  if (across < SEEN_ROUND) {
    const side = Math.max(1, Math.round(0.9 * across))
    const alpha = opacity * Math.min(1, (0.25 * Math.PI * across ** 2) / side ** 2)
    return { side, alphas: new Float32Array(side ** 2).fill(alpha) }
  }
  const side = Math.ceil(across) + 1
  const alphas = Float32Array.from({ length: side ** 2 }, (_, i) => {
    const away = Math.hypot((i % side) + 0.5 - side / 2, Math.floor(i / side) + 0.5 - side / 2)
    return opacity * Math.min(1, Math.max(0, across / 2 + 0.5 - away))
  })
  return { side, alphas }
}

/** Lays a dot of the color that begins at `from` of `colors` over what is in `image`: "over" of Porter and Duff 1984. */
function blend({ data, width, height }, [left, top], { side, alphas }, colors, from) {
  const [red, green, blue] = [colors[from], colors[from + 1], colors[from + 2]]
  const [right, bottom] = [Math.min(left + side, width), Math.min(top + side, height)]
  for (let y = Math.max(top, 0); y < bottom; y++) {
    for (let x = Math.max(left, 0); x < right; x++) {
      const alpha = alphas[(y - top) * side + x - left]
      if (!alpha) continue
      const at = 4 * (y * width + x)
      const under = (data[at + 3] / 255) * (1 - alpha)
      const share = alpha / (alpha + under)
      data[at] += (red - data[at]) * share
      data[at + 1] += (green - data[at + 1]) * share
      data[at + 2] += (blue - data[at + 2]) * share
      data[at + 3] = 255 * (alpha + under)
    }
  }
}
