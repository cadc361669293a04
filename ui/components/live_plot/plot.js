// Draws the figure that Python sends with the page's own colors and fonts, and keeps it as wide as its place.

const plots = new WeakMap()

export default async function ({ parentElement, data, setTriggerValue }) {
  const root = parentElement.querySelector(".live-plot")
  if (!plots.has(root)) plots.set(root, new LivePlot(root))
  const plot = plots.get(root)
  plot.isHere = true
  const turn = ++plot.turn
  plot.report = number => setTriggerValue("clicked", { number })
  const app = document.baseURI.replace(/\/+([?#].*)?$/, "")
  const { loadPlotly } = await import(new URL(`${data.modules}/plotly.js`, app))
  const Plotly = await loadPlotly(data.plotly)
  root.style.height = `${data.height}px`
  root.setAttribute("role", "img")
  root.setAttribute("aria-label", data.description)
  await plot.show(Plotly, data)
  // Streamlit lets an earlier call leave as soon as a later one has come, though the plot is still there.
  return () => turn === plot.turn && plot.leave(Plotly)
}

class LivePlot {
  constructor(root) {
    Object.assign(this, { root, isHere: true, turn: 0, wanted: null, shown: null, drawing: null, observer: null })
  }

  // What has not changed is not drawn again: a hover label stays while the page looks for news.
  async show(Plotly, data) {
    const template = { layout: look(this.root) }
    const state = data.figure + JSON.stringify(template)
    if (this.shown !== state) {
      this.shown = state
      const { data: traces, layout } = JSON.parse(data.figure)
      this.wanted = [traces, { ...layout, template, autosize: true, height: data.height }]
    }
    if (this.wanted) this.drawing ??= this.draw(Plotly).finally(() => this.drawn(Plotly))
    await this.drawing
    if (this.isHere && !this.observer) this.listen(Plotly, data.clickable)
  }

  // While a drawing is under way, the newest figure waits; Plotly goes on with it after a page has left, and needs what
  // purging takes away.
  async draw(Plotly) {
    while (this.wanted && this.isHere) {
      const next = this.wanted
      this.wanted = null
      await Plotly.react(this.root, ...next, { displayModeBar: false })
    }
  }

  drawn(Plotly) {
    this.drawing = null
    if (!this.isHere) this.purge(Plotly)
  }

  listen(Plotly, clickable) {
    this.observer = new ResizeObserver(() => this.root.clientWidth && Plotly.Plots.resize(this.root))
    this.observer.observe(this.root)
    if (clickable) this.root.on("plotly_click", event => this.tell(event))
  }

  // The number that the clicked point bears in its customdata; several points may lie on one another.
  tell(event) {
    const point = event.points.find(each => Number.isInteger(each.customdata))
    if (point) this.report(point.customdata)
  }

  leave(Plotly) {
    this.isHere = false
    if (!this.drawing) this.purge(Plotly)
  }

  purge(Plotly) {
    this.observer?.disconnect()
    Object.assign(this, { observer: null, shown: null, wanted: null })
    Plotly.purge(this.root)
  }
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
