// From one picture to the next: where the movies are on the way.

/** Where each movie of `movies` was in `drawn`, whose rows `rowOf` (a map by movie id) tells; new ones are at `points`. */
export function startOf(movies, points, drawn, rowOf, axes) {
  const rows = Array.from(movies.movie_id, id => rowOf.get(Number(id)))
  const start = (row, axis) => (rows[row] === undefined ? points[axis][row] : drawn[axis][rows[row]])
  return Object.fromEntries(axes.map(axis => [axis, points[axis].map((_, row) => start(row, axis))]))
}

/** The picture at `time`, 0 to 1, between two pictures of the same movies; slow at both ends. */
export const between = (from, to, time, axes) => mixed(from, to, time * time * (3 - 2 * time), axes)

/** The picture that is so much, 0 to 1, of the way from one to the other. */
export function mixed(from, to, share, axes) {
  const points = { place: to.place, reach: to.reach, nOutside: to.nOutside }
  for (const axis of axes) points[axis] = to[axis].map((value, i) => from[axis][i] + (value - from[axis][i]) * share)
  return points
}
