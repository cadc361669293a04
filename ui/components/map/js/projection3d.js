// Where points of a 3-D scene are on the screen, for labels, tooltips and outlines drawn over it.

/** `([x, y, z]) => [left, top]`, or null while the scene is not drawn. */
export function pixelsIn3d(plot, width, height) {
  // Plotly has no public function for this; without these fields the map merely goes without labels in 3-D.
  const scene = plot._fullLayout?.scene?._scene
  const camera = scene?.glplot?.cameraParams
  if (!camera) return null
  const matrix = multiply(camera.projection, multiply(camera.view, camera.model))
  const scale = scene.dataScale
  return point => {
    const [x, y, z] = point.map((value, i) => value * scale[i])
    const at = row => matrix[row] * x + matrix[4 + row] * y + matrix[8 + row] * z + matrix[12 + row]
    const depth = at(3)
    if (depth <= 0) return [-1e4, -1e4]
    return [((at(0) / depth + 1) / 2) * width, ((1 - at(1) / depth) / 2) * height]
  }
}

/** Product of two 4 × 4 matrices stored by columns. */
function multiply(a, b) {
  const product = new Float32Array(16)
  for (let column = 0; column < 4; column++) {
    for (let row = 0; row < 4; row++) {
      for (let k = 0; k < 4; k++) product[column * 4 + row] += a[k * 4 + row] * b[column * 4 + k]
    }
  }
  return product
}
