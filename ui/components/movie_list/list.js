/** Draws the rows that Python sends; text is set as text, so that a title can be anything. */

export default function ({ parentElement, data, setTriggerValue }) {
  const list = parentElement.querySelector(".movie-list")
  list.style.setProperty("--columns", data.columns.map(([name]) => (name === "badge" ? "6.6rem" : "4.2rem")).join(" "))
  const choose = id => setTriggerValue("clicked", id)
  list.replaceChildren(header(data), ...data.movies.map((movie, place) => row(movie, place, data, choose)))
}

function header({ amount, columns, yardstick, yardstickName }) {
  const name = element("span", "amount-name", amount)
  if (yardstick !== null) name.append(element("span", "yardstick-name", yardstickName))
  const line = element("li", "head")
  line.setAttribute("aria-hidden", "true")
  line.append(element("span", "place"), element("span", "", "Movie"), name)
  line.append(facts(columns.map(([kind, title]) => element("span", `fact ${kind}`, title))))
  return line
}

function row(movie, place, data, choose) {
  const title = element("button", "title")
  title.type = "button"
  title.append(element("span", "name", movie.title), element("span", "year", movie.year))
  title.addEventListener("click", () => choose(movie.id))

  const chips = element("div", "chips")
  chips.append(...movie.genres.map(chip))
  const about = element("div", "about")
  about.append(title, chips)

  const amount = element("div", "amount")
  amount.append(track(movie.share, data.yardstick), labelled(element("span", "value", movie.value), data.amount))

  const line = element("li", "row")
  line.append(element("span", "place", String(place + 1)), about, amount)
  line.append(facts(data.columns.map(([kind, name]) => fact(movie, kind, name))))
  return line
}

function track(share, yardstick) {
  const node = element("div", "track")
  const bar = element("div", "bar")
  bar.style.width = `${100 * share}%`
  node.append(bar)
  if (yardstick !== null) {
    const mark = element("div", "yardstick")
    mark.style.left = `${100 * yardstick}%`
    node.append(mark)
  }
  return node
}

function facts(cells) {
  const node = element("div", "facts")
  node.append(...cells)
  return node
}

function fact(movie, kind, name) {
  const cell = element("span", `fact ${kind}`)
  if (kind !== "badge") {
    cell.append(element("span", "fact-name", `${name} `), labelled(element("span", "number", movie[kind]), name))
  } else if (movie.badge !== null) {
    const badge = labelled(element("span", `pill ${movie.badge.tone}`, movie.badge.text), name)
    badge.title = movie.badge.help
    cell.append(badge)
  }
  return cell
}

function chip([genre, color]) {
  const node = element("span", "chip", genre)
  node.style.setProperty("--genre", color)
  return node
}

function labelled(node, name) {
  node.setAttribute("aria-label", `${name} ${node.textContent}`)
  return node
}

function element(name, className = "", text = "") {
  const node = document.createElement(name)
  node.className = className
  node.textContent = text
  return node
}
