// Names on the map: as many as fit without overlapping, the most important first, more as one zooms in.

const GAP = 3
const ELLIPSIS_AT = { cluster: 48, other: 34 }
/** How wide a region's name and the line below it are, of the font of titles; half the height in px, without that line
 * and with it; the dot before the name; and how far up a name may move from its place. */
const CLUSTER = { name: 1.46, detail: 1, half: 10, halfOfTwo: 17, dot: 13, lifts: [0, 22, -22, 40, -40] }

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
      let [left, top] = toPixels(candidate.at)
      if (left < 0 || top < 0 || left > width || top > height) continue
      const text = shorten(candidate.text, ELLIPSIS_AT[candidate.kind] ?? ELLIPSIS_AT.other)
      const isCluster = candidate.kind === "cluster"
      const detail = shorten(candidate.detail ?? "", ELLIPSIS_AT.cluster)
      const name = this.widthOf(text) * (isCluster ? CLUSTER.name : 1) + (candidate.color ? CLUSTER.dot : 0)
      const half = Math.max(name, this.widthOf(detail) * CLUSTER.detail) / 2 + GAP
      const tall = !isCluster ? 9 : detail ? CLUSTER.halfOfTwo : CLUSTER.half
      // A region is named beside its place where its name would not fit there.
      const shift = isCluster ? Math.min(Math.max(left, half + 5), width - half - 5) - left : 0
      left += shift
      const boxAt = lift => [left - half, top - lift - tall, left + half, top - lift + tall]
      const isFree = box =>
        box[0] >= 4 && box[2] <= width - 4 && box[1] >= 4 &&
        !taken.some(other => box[0] < other[2] && box[2] > other[0] && box[1] < other[3] && box[3] > other[1])
      const lift = (isCluster ? CLUSTER.lifts : [candidate.offset ?? 10]).find(each => isFree(boxAt(each)))
      if (lift === undefined) continue
      const box = boxAt(lift)
      taken.push(box)
      this.placed.push({ ...candidate, text, detail, lift, shift })
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
    for (const { node, at, lift, shift } of this.placed) {
      const [left, top] = toPixels(at)
      node.style.transform = `translate(${(left + shift).toFixed(1)}px, ${(top - lift).toFixed(1)}px) translate(-50%, -50%)`
    }
  }

  widthOf(text) {
    if (!this.widths.has(text)) this.widths.set(text, this.measure.measureText(text).width)
    return this.widths.get(text)
  }
}
