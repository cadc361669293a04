// On a map of many movies what stands out is sketched at once; the figure, which takes a while, follows after a pause.

import { markerStyle } from "./figure.js"

/** With fewer movies the figure itself is drawn in no time. */
const FEWEST = 20000
/** ms without another wish after which the figure is drawn. */
const PAUSE_MS = 300
/** More dots are painted square, which nobody sees and takes a fraction of the time. */
const MOST_ROUND = 2000

export class Sketch {
  /** `canvas` lies over the figure of `map`; `under` is what is dimmed meanwhile. */
  constructor(map, canvas, under) {
    Object.assign(this, { map, canvas, under, timer: null })
  }

  /** Sketches the movies that stand out, and has the figure drawn later; false where that is drawn as quickly. */
  draw() {
    const { map } = this
    const isLarge = map.dims === 2 && map.shownRows.length >= FEWEST
    if (!isLarge || !map.drawn || !map.litRows.length || map.drawnPoints !== map.points) return false
    this.paint()
    clearTimeout(this.timer)
    this.timer = setTimeout(() => map.draw(), PAUSE_MS)
    map.sketched()
    return true
  }

  paint() {
    const { map, canvas } = this
    const { width, height } = map.place.window()
    const ratio = window.devicePixelRatio || 1
    Object.assign(canvas, { width: width * ratio, height: height * ratio })
    const paint = canvas.getContext("2d")
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
    this.under.classList.add("mm-dimmed")
  }

  /** The figure shows all of it by now, or something else. */
  clear() {
    clearTimeout(this.timer)
    if (!this.under.classList.contains("mm-dimmed")) return
    this.canvas.width = 0
    this.under.classList.remove("mm-dimmed")
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
