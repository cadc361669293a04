// The map as a PNG: the figure as Plotly draws it, with the labels that lie over it.

const SCALE = 2

export async function downloadPicture(map) {
  const { width, height } = map.place.window()
  const address = await window.Plotly.toImage(map.parts.plot, { format: "png", width, height, scale: SCALE })
  const image = new Image()
  image.src = address
  await image.decode()
  const canvas = document.createElement("canvas")
  canvas.width = width * SCALE
  canvas.height = height * SCALE
  const paint = canvas.getContext("2d")
  paint.fillStyle = map.theme.background
  paint.fillRect(0, 0, canvas.width, canvas.height)
  paint.drawImage(image, 0, 0, canvas.width, canvas.height)
  drawLabels(map, paint)
  const link = document.createElement("a")
  link.href = canvas.toDataURL("image/png")
  link.download = "map.png"
  link.click()
}

function drawLabels(map, paint) {
  paint.scale(SCALE, SCALE)
  paint.textAlign = "center"
  paint.textBaseline = "middle"
  paint.lineJoin = "round"
  paint.lineWidth = 3
  paint.strokeStyle = map.theme.background
  paint.fillStyle = map.theme.text
  const toPixels = map.place.pixels()
  for (const { node, text, at, lift } of map.labels.placed) {
    const { fontSize, fontFamily, fontWeight } = getComputedStyle(node)
    const [left, top] = toPixels(at)
    paint.font = `${fontWeight} ${fontSize} ${fontFamily}`
    paint.strokeText(text, left, top - lift)
    paint.fillText(text, left, top - lift)
  }
}
