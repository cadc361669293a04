// Where Streamlit enters: one MovieMap for each mounted map, and columns on their way to it.

import { MovieMap } from "./map.js"
import { provide } from "./tables.js"

const maps = new WeakMap()

/** Streamlit calls this on mount and after every change of data or theme. */
export function render({ parentElement, data, setStateValue, setTriggerValue }) {
  if (data.table) {
    if (data.columns) provide(data.table, data.columns)
    return () => {}
  }
  if (!maps.has(parentElement)) maps.set(parentElement, new MovieMap(parentElement.querySelector(".movie-map"), data))
  const map = maps.get(parentElement)
  map.report = {
    selected: ids => setStateValue("selected", ids),
    clicked: id => setTriggerValue("clicked", { id }),
    missing: ids => setTriggerValue("missing", { ids }),
  }
  map.update(data)
  return () => {
    maps.delete(parentElement)
    map.destroy()
  }
}
