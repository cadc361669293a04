// What surrounds the points: search field, tools, legend, tooltip and the line that counts. Titles enter as text only.

const ICONS = {
  pan: "M12 3v18M3 12h18M12 3l-2.5 2.5M12 3l2.5 2.5M12 21l-2.5-2.5M12 21l2.5-2.5M3 12l2.5-2.5M3 12l2.5 2.5M21 12l-2.5-2.5M21 12l-2.5 2.5",
  box: "M4 8V4h4M16 4h4v4M20 16v4h-4M8 20H4v-4M4 11v2M20 11v2M11 4h2M11 20h2",
  lasso: "M12 4c5 0 9 2.6 9 6s-4 6-9 6-9-2.6-9-6 4-6 9-6zM7 15c-2 .6-2.600 2.600-1 3.600 1.800 1.100 3.300-.6 2.300-2.100M6.500 18.700C6.500 20.200 6 21 5 21.500",
  in: "M12 5v14M5 12h14",
  out: "M5 12h14",
  fit: "M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5",
  isolate: "M12 8a4 4 0 1 1 0 8 4 4 0 0 1 0-8zM12 2v3M12 19v3M2 12h3M19 12h3",
  clear: "M6 6l12 12M18 6L6 18",
  link: "M10 14a4 4 0 0 0 5.700.3l3-3a4 4 0 0 0-5.700-5.700l-1.200 1.200M14 10a4 4 0 0 0-5.700-.3l-3 3a4 4 0 0 0 5.700 5.700l1.200-1.200",
  picture: "M4 8h3l1.500-2.500h7L17 8h3v11H4zM12 10a3.500 3.500 0 1 1 0 7 3.500 3.500 0 0 1 0-7z",
  search: "M10.500 4a6.500 6.500 0 1 1 0 13 6.500 6.500 0 0 1 0-13zM15.500 15.500L21 21",
}

export function make(tag, className, ...children) {
  const node = document.createElement(tag)
  if (className) node.className = className
  node.append(...children)
  return node
}

function icon(name) {
  const picture = document.createElementNS("http://www.w3.org/2000/svg", "svg")
  picture.setAttribute("viewBox", "0 0 24 24")
  picture.setAttribute("aria-hidden", "true")
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path")
  path.setAttribute("d", ICONS[name])
  picture.append(path)
  return picture
}

function button(name, title, onClick) {
  const node = make("button", "mm-button", icon(name))
  node.type = "button"
  node.title = title
  node.setAttribute("aria-label", title)
  node.dataset.action = name
  node.addEventListener("click", onClick)
  return node
}

/** The skeleton of a map inside `root`, with its parts by name; the controls call `act` and `place`. */
export function build(root, act, place) {
  const input = make("input", "mm-search-input")
  Object.assign(input, { type: "search", placeholder: "Search title, genre or year", autocomplete: "off", spellcheck: false })
  input.setAttribute("aria-label", "Search title, genre or year")
  input.addEventListener("input", () => act.search({ text: input.value }))
  input.addEventListener("keydown", event => {
    event.stopPropagation()
    if (event.key === "Enter") act.zoomToFound()
    if (event.key === "Escape") {
      input.value = ""
      act.search({ text: "" })
    }
  })
  const regex = make("button", "mm-regex", ".*")
  regex.type = "button"
  regex.title = "Regular expression"
  regex.setAttribute("aria-label", "Regular expression")
  regex.addEventListener("click", () => act.search({ regex: regex.getAttribute("aria-pressed") !== "true" }))
  const found = make("button", "mm-found")
  found.type = "button"
  found.title = "Select them"
  found.setAttribute("aria-live", "polite")
  found.addEventListener("click", () => act.selectFound())
  const searchBox = make("div", "mm-search", icon("search"), input, found, regex)

  const tools = make(
    "div",
    "mm-tools",
    make(
      "div",
      "mm-group",
      button("pan", "Move the map", () => act.tool("pan")),
      button("box", "Select with a box (Shift adds, Alt takes away)", () => act.tool("box")),
      button("lasso", "Select with a free line (Shift adds, Alt takes away)", () => act.tool("lasso"))
    ),
    make(
      "div",
      "mm-group",
      button("in", "Zoom in", () => place.zoom(0.6)),
      button("out", "Zoom out", () => place.zoom(1 / 0.6)),
      button("fit", "Show everything", () => place.fit())
    ),
    make(
      "div",
      "mm-group",
      button("isolate", "Show the selection alone, or all again", () => act.isolate()),
      button("clear", "Clear search, selection and filters", () => act.clear()),
      button("link", "Copy a link that shows this map as it is", () => act.copyLink()),
      button("picture", "Save the map as a PNG picture", () => act.savePicture())
    )
  )
  const slider = make("input", "mm-slider")
  Object.assign(slider, { type: "range", min: 0, max: 1, step: 0.01 })
  slider.addEventListener("input", () => act.glideTo(Number(slider.value)))
  const ends = ["mm-start", "mm-end"].map(className => make("span", className))
  const parts = {
    plot: make("div", "mm-plot"),
    ring: make("div", "mm-ring"),
    slider,
    ends,
    glide: make("div", "mm-glide", ends[0], slider, ends[1]),
    sketch: make("canvas", "mm-sketch"),
    labels: make("div", "mm-labels"),
    draw: make("div", "mm-surface"),
    tooltip: make("div", "mm-tooltip"),
    legend: make("div", "mm-legend"),
    status: make("div", "mm-status"),
    notice: make("div", "mm-notice"),
    histograms: make("div", "mm-histograms"),
    input,
    regex,
    found,
    searchBox,
    tools,
  }
  // Until it is known whether there is anything to glide to.
  parts.glide.hidden = true
  parts.notice.setAttribute("role", "status")
  parts.status.setAttribute("role", "status")
  parts.stage = make("div", "mm-stage", parts.plot, parts.sketch, parts.labels, parts.ring, parts.draw, parts.status, searchBox, tools, parts.notice, parts.tooltip)
  parts.stage.setAttribute("role", "group")
  root.replaceChildren(parts.stage, parts.glide, parts.legend, parts.histograms)
  return parts
}

export function drawLegend(element, legend, chosen, toggle) {
  const title = make("div", "mm-legend-title", legend.title)
  if (legend.ramp) {
    const bar = make("div", "mm-ramp")
    bar.style.background = `linear-gradient(90deg, ${legend.ramp.join(", ")})`
    const [least, most] = [legend.least, legend.most].map(value => make("span", "mm-ramp-end", legend.write(value)))
    element.replaceChildren(title, least, bar, most)
    return
  }
  const entries = legend.entries.map(entry => {
    const swatch = make("i", "mm-swatch")
    swatch.style.background = entry.color
    const node = make("button", "mm-entry", swatch, make("span", "", entry.name))
    node.type = "button"
    node.title = `Show ${entry.name} alone; Shift-click adds another`
    node.setAttribute("aria-pressed", String(chosen.has(entry.name)))
    node.classList.toggle("mm-off", chosen.size > 0 && !chosen.has(entry.name))
    node.addEventListener("click", event => toggle(entry.name, event.shiftKey))
    return node
  })
  element.replaceChildren(title, make("div", "mm-entries", ...entries))
}

export function showTooltip(element, movie, x, y, width) {
  const facts = [
    movie.nRatings !== null && `${movie.nRatings.toLocaleString("en-US")} ${movie.nRatings === 1 ? "rating" : "ratings"}`,
    Number.isFinite(movie.mean) && `mean ${movie.mean.toFixed(1)}`,
    Number.isFinite(movie.bias) && `bias ${movie.bias < 0 ? "−" : "+"}${Math.abs(movie.bias).toFixed(2)}`,
  ]
  const year = movie.year ? ` (${movie.year})` : ""
  element.replaceChildren(
    make("strong", "", movie.title + year),
    make("span", "", movie.genres ? movie.genres.replaceAll("|", ", ") : "No genre"),
    make("span", "mm-facts", facts.filter(Boolean).join(" · "))
  )
  if (movie.note) element.append(make("span", "mm-facts", movie.note))
  element.classList.add("mm-visible")
  element.style.left = `${Math.min(Math.max(x, 130), width - 130)}px`
  element.style.top = `${y}px`
  element.classList.toggle("mm-below", y < 110)
}
