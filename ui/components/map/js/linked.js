// Maps of a page that belong together: what is done to one of them is done to the others.

const groups = new Map()

/** From now on `map` belongs to the maps of this name; an empty name stands for none. */
export function join(map, name) {
  leave(map)
  map.group = name
  if (!name) return
  if (!groups.has(name)) groups.set(name, new Set())
  groups.get(name).add(map)
}

export function leave(map) {
  groups.get(map.group)?.delete(map)
}

/** Calls `act` with each of the other maps; what comes of it there is not handed on again. */
export function echo(map, act) {
  if (map.following) return
  for (const other of groups.get(map.group) ?? []) {
    if (other === map || !other.movies) continue
    other.following = true
    try {
      act(other)
    } finally {
      other.following = false
    }
  }
}

/** Whether this map speaks for its group: one of them writes the address and tells the page what is selected. */
export const speaks = map => !map.group || map.spec.link
