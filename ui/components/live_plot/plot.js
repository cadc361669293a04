// Draws the figure that Python sends with the page's own colors and fonts, and keeps it as wide as its place.

const observers = new WeakMap()
const drawn = new WeakMap()
const reports = new WeakMap()

export default async function ({ parentElement, data, setTriggerValue }) {
  const root = parentElement.querySelector(".live-plot")
  const app = document.baseURI.replace(/\/+([?#].*)?$/, "")
  const { loadPlotly } = await import(new URL(`${data.modules}/plotly.js`, app))
  const Plotly = await loadPlotly(data.plotly)
  root.style.height = `${data.height}px`
  root.setAttribute("role", "img")
  root.setAttribute("aria-label", data.description)
  reports.set(root, number => setTriggerValue("clicked", { number }))
  const template = { layout: look(root) }
  const state = data.figure + JSON.stringify(template)
  if (drawn.get(root) !== state) {
    // What has not changed is not drawn again: a hover label stays while the page looks for news.
    drawn.set(root, state)
    const figure = JSON.parse(data.figure)
    const layout = { ...figure.layout, template, autosize: true, height: data.height }
    await Plotly.react(root, figure.data, layout, { displayModeBar: false })
  }
  if (!observers.has(root)) {
    observers.set(root, new ResizeObserver(() => root.clientWidth && Plotly.Plots.resize(root)))
    observers.get(root).observe(root)
    if (data.clickable) root.on("plotly_click", event => tell(root, event))
  }
  return () => {
    observers.get(root)?.disconnect()
    observers.delete(root)
    drawn.delete(root)
    Plotly.purge(root)
  }
}

// The number that the clicked point bears in its customdata; several points may lie on one another.
function tell(root, event) {
  const point = event.points.find(each => Number.isInteger(each.customdata))
  if (point) reports.get(root)(point.customdata)
}

// Plotly reads #rrggbbaa, but not color-mix().
const faded = (color, alpha) => (/^#[0-9a-f]{6}$/i.test(color) ? color + alpha : color)

function look(root) {
  const style = getComputedStyle(root)
  const read = name => style.getPropertyValue(name).trim()
  const color = read("--st-text-color")
  const quiet = faded(color, "A8")
  const axis = { gridcolor: faded(read("--st-border-color"), "90"), zeroline: false, automargin: true, title: { font: { color: quiet } } }
  return {
    font: { family: read("--st-font"), color, size: 12 },
    paper_bgcolor: "rgba(0, 0, 0, 0)",
    plot_bgcolor: "rgba(0, 0, 0, 0)",
    xaxis: { ...axis, showgrid: false, tickfont: { color: quiet } },
    yaxis: { ...axis, tickfont: { color: quiet } },
    // Words lie on lines.
    annotationdefaults: { bgcolor: faded(read("--st-background-color"), "B0") },
    hoverlabel: { bgcolor: read("--st-background-color"), bordercolor: read("--st-border-color"), font: { color } },
  }
}
