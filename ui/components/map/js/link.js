// The part of a map's state that only the browser knows, kept in the page's address so that a link shows the same map.

import { readIds, writeIds } from "./ids.js"

const KEYS = ["q", "regex", "view", "select", "filter", "glide"]
/** Characters of a selection that an address has room for: all of the built-in movies, and what servers still accept. */
const LONGEST_SELECTION = 20000

export const hasRoomFor = selected => writeIds(selected).length <= LONGEST_SELECTION

const round = value => Number(value.toPrecision(5))

export function readLink() {
  const query = new URLSearchParams(location.search)
  const numbers = text => (text ?? "").split(",").map(Number).filter(Number.isFinite)
  const view = query.has("view") ? numbers(query.get("view")) : []
  let filter = {}
  for (const part of (query.get("filter") ?? "").split(";").filter(Boolean)) {
    const [key, value] = part.split(":")
    if (key && value) filter[key] = value.split("~")
  }
  return {
    text: query.get("q") ?? "",
    regex: query.get("regex") === "1",
    range: view.length === 4 && view[1] > view[0] && view[3] > view[2] ? view : null,
    camera: view.length === 9 ? cameraFrom(view) : null,
    selected: readIds(query.get("select") ?? ""),
    filter,
    glide: Math.min(1, Math.max(0, Number(query.get("glide")) || 0)),
  }
}

/** Writes the state into the address without a visit to the server or a new entry in the history. */
export function writeLink({ query, range, camera, selected, filter, glide }) {
  const url = new URL(location.href)
  const values = {
    q: query.text.trim(),
    regex: query.regex && query.text.trim() ? "1" : "",
    view: (camera ? numbersOf(camera) : (range ?? [])).map(round).join(","),
    select: hasRoomFor(selected) ? writeIds(selected) : "",
    filter: Object.entries(filter).map(([key, value]) => `${key}:${[...value].join("~")}`).join(";"),
    glide: glide ? String(glide) : "",
  }
  for (const key of KEYS) values[key] ? url.searchParams.set(key, values[key]) : url.searchParams.delete(key)
  if (url.href !== location.href) history.replaceState(history.state, "", url)
}

const numbersOf = camera => ["eye", "center", "up"].flatMap(part => ["x", "y", "z"].map(axis => camera[part][axis]))

function cameraFrom(numbers) {
  const [eye, center, up] = [0, 3, 6].map(at => ({ x: numbers[at], y: numbers[at + 1], z: numbers[at + 2] }))
  return { eye, center, up }
}
