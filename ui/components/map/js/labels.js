// Names on the map: as many as fit without overlapping, the most important first, more as one zooms in.

const GAP = 3
const ELLIPSIS_AT = { cluster: 48, other: 34 }
/** Width of a region's name, in a larger and heavier font, and of the line below it, against titles; half the height of
 * either, and what a dot takes, in px. */
const CLUSTER = { name: 1.46, detail: 0.96, half: 9, dot: 13 }

const shorten = (text, most) => (text.length > most ? `${text.slice(0, most - 1).trimEnd()}…` : text)

export class LabelLayer {
  constructor(element) {
    this.element = element
    this.measure = document.createElement("canvas").getContext("2d")
    this.widths = new Map()
    this.placed = []
  }

  clear() {
    this.placed = []
    this.element.replaceChildren()
  }

  /** Places `candidates` ({ text, at, kind, offset }, most important first) that lie in the window, clear of `reserved`
   * boxes, `[left, top, right, bottom]`. */
  place(candidates, toPixels, width, height, limit, reserved) {
    const style = getComputedStyle(this.element)
    this.measure.font = `${style.fontSize} ${style.fontFamily}`
    const taken = [...reserved]
    this.placed = []
    for (const candidate of candidates) {
      if (this.placed.length >= limit) break
      const [left, top] = toPixels(candidate.at)
      if (left < 0 || top < 0 || left > width || top > height) continue
      const text = shorten(candidate.text, ELLIPSIS_AT[candidate.kind] ?? ELLIPSIS_AT.other)
      const isCluster = candidate.kind === "cluster"
      const detail = shorten(candidate.detail ?? "", ELLIPSIS_AT.cluster)
      const name = this.widthOf(text) * (isCluster ? CLUSTER.name : 1) + (candidate.color ? CLUSTER.dot : 0)
      const half = Math.max(name, this.widthOf(detail) * CLUSTER.detail) / 2 + GAP
      const tall = detail ? 2 * CLUSTER.half : CLUSTER.half
      const lift = isCluster ? 0 : (candidate.offset ?? 10)
      const box = [left - half, top - lift - tall, left + half, top - lift + tall]
      if (box[0] < 4 || box[2] > width - 4 || box[1] < 4) continue
      if (taken.some(other => box[0] < other[2] && box[2] > other[0] && box[1] < other[3] && box[3] > other[1])) continue
      taken.push(box)
      this.placed.push({ ...candidate, text, detail, lift })
    }
    this.element.replaceChildren(
      ...this.placed.map(label => {
        const node = document.createElement("span")
        node.className = `mm-label mm-label-${label.kind}`
        node.textContent = label.text
        if (label.color) {
          const dot = document.createElement("i")
          dot.style.background = label.color
          node.prepend(dot)
        }
        if (label.detail) {
          const detail = document.createElement("small")
          detail.textContent = label.detail
          node.append(detail)
        }
        label.node = node
        return node
      })
    )
    this.follow(toPixels)
  }

  /** Moves the labels that are there to where their points are now. */
  follow(toPixels) {
    for (const { node, at, lift } of this.placed) {
      const [left, top] = toPixels(at)
      node.style.transform = `translate(${left.toFixed(1)}px, ${(top - lift).toFixed(1)}px) translate(-50%, -50%)`
    }
  }

  widthOf(text) {
    if (!this.widths.has(text)) this.widths.set(text, this.measure.measureText(text).width)
    return this.widths.get(text)
  }
}
