// The map as a PNG: what its colors mean, the figure as Plotly draws it, and the labels that lie over it.

const SCALE = 2
const EDGE = 16
const LINE = 20
const SWATCH = 9
const RAMP = 200

export async function downloadPicture(map) {
  const { width, height } = map.place.window()
  const address = await window.Plotly.toImage(map.parts.plot, { format: "png", width, height, scale: SCALE })
  const image = new Image()
  image.src = address
  await image.decode()
  const font = getComputedStyle(map.root).fontFamily
  const legend = legendLines(map.encoding.legend, width, font)
  const canvas = document.createElement("canvas")
  canvas.width = width * SCALE
  canvas.height = (height + legend.height) * SCALE
  const paint = canvas.getContext("2d")
  paint.fillStyle = map.theme.background
  paint.fillRect(0, 0, canvas.width, canvas.height)
  paint.drawImage(image, 0, 0, width * SCALE, height * SCALE)
  paint.scale(SCALE, SCALE)
  paint.textBaseline = "middle"
  drawLabels(map, paint)
  paint.textAlign = "left"
  paint.fillStyle = map.theme.text
  paint.font = `13px ${font}`
  paint.fillText([map.spec.caption, map.parts.status.textContent].filter(Boolean).join(" · "), EDGE, EDGE)
  paint.translate(0, height)
  for (const part of legend.parts) part(paint, map.theme)
  const link = document.createElement("a")
  link.href = canvas.toDataURL("image/png")
  link.download = "map.png"
  link.click()
}

function drawLabels(map, paint) {
  paint.textAlign = "center"
  paint.lineJoin = "round"
  paint.lineWidth = 3
  paint.strokeStyle = map.theme.background
  paint.fillStyle = map.theme.text
  const toPixels = map.place.pixels()
  for (const { node, text, detail, at, lift, shift } of map.labels.placed) {
    const [place, top] = toPixels(at)
    const left = place + shift
    const write = (words, of, y) => {
      const { fontSize, fontFamily, fontWeight } = getComputedStyle(of)
      paint.font = `${fontWeight} ${fontSize} ${fontFamily}`
      paint.strokeText(words, left, y)
      paint.fillText(words, left, y)
    }
    write(text, node, top - lift - (detail ? 8 : 0))
    if (detail) write(detail, node.querySelector("small"), top - lift + 9)
  }
}

/** `{ height, parts }`: the legend broken into lines of `width`, each part a function that paints itself. */
function legendLines(legend, width, font) {
  const measure = document.createElement("canvas").getContext("2d")
  const regular = `12px ${font}`
  const bold = `600 12px ${font}`
  const parts = []
  let [left, top] = [EDGE, LINE / 2]
  const write = (text, style, before = 0) => {
    measure.font = style
    const long = before + measure.measureText(text).width
    if (left > EDGE && left + long > width - EDGE) [left, top] = [EDGE, top + LINE]
    const [x, y] = [left, top]
    left += long
    parts.push((paint, theme) => {
      paint.font = style
      paint.fillStyle = theme.text
      paint.fillText(text, x + before, y)
    })
    return [x, y]
  }
  write(legend.title, bold)
  left += EDGE
  if (legend.ramp) {
    write(legend.write(legend.least), regular)
    const [x, y] = [left + SWATCH, top]
    parts.push(paint => {
      const ramp = paint.createLinearGradient(x, 0, x + RAMP, 0)
      legend.ramp.forEach((color, i) => ramp.addColorStop(i / (legend.ramp.length - 1), color))
      paint.fillStyle = ramp
      paint.fillRect(x, y - SWATCH / 2, RAMP, SWATCH)
    })
    left = x + RAMP + SWATCH
    write(legend.write(legend.most), regular)
  }
  for (const { name, color } of legend.entries ?? []) {
    const [x, y] = write(name, regular, SWATCH * 1.6)
    left += SWATCH * 1.5
    parts.push(paint => {
      paint.fillStyle = color
      paint.beginPath()
      paint.arc(x + SWATCH / 2, y, SWATCH / 2, 0, 2 * Math.PI)
      paint.fill()
    })
  }
  return { height: top + LINE, parts }
}
