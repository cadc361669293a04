// How densely the points lie: counts on a grid, smoothed, for contour lines.

const GRID = 72
const PASSES = 3
const RADIUS = 2

/** `{ x, y, z }` for a Plotly contour trace over the box from -1.1 to 1.1. */
export function density(points, rows) {
  let grid = new Float32Array(GRID * GRID)
  const cell = value => Math.min(GRID - 1, Math.max(0, Math.floor(((value + 1.1) / 2.2) * GRID)))
  for (const row of rows) grid[cell(points.y[row]) * GRID + cell(points.x[row])]++
  // Repeated box means come close to a Gaussian.
  for (let pass = 0; pass < PASSES; pass++) grid = blur(blur(grid, 1, GRID), GRID, 1)
  // Movies crowd in few places: square roots let the thinner regions have contours as well.
  const z = Array.from({ length: GRID }, (_, i) => Array.from(grid.subarray(i * GRID, (i + 1) * GRID), Math.sqrt))
  const axis = Array.from({ length: GRID }, (_, i) => ((i + 0.5) / GRID) * 2.2 - 1.1)
  return { x: axis, y: axis, z }
}

function blur(grid, step, stride) {
  const blurred = new Float32Array(grid.length)
  for (let line = 0; line < GRID; line++) {
    for (let i = 0; i < GRID; i++) {
      let sum = 0
      for (let k = Math.max(0, i - RADIUS); k <= Math.min(GRID - 1, i + RADIUS); k++) sum += grid[line * stride + k * step]
      blurred[line * stride + i * step] = sum / (2 * RADIUS + 1)
    }
  }
  return blurred
}
