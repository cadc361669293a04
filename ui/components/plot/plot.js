// Draws the figure that Python sends with the page's own colors and fonts, once it is in sight, and keeps it as wide as
// its place.

const plots = new WeakMap()

export default async function ({ parentElement, data, setTriggerValue }) {
  const root = parentElement.querySelector(".plotly-figure")
  if (!plots.has(root)) plots.set(root, new LivingPlot(root))
  const plot = plots.get(root)
  plot.isHere = true
  const turn = ++plot.turn
  plot.report = number => setTriggerValue("clicked", { number })
  // Before all that takes time, so that what stands below does not move.
  root.style.height = `${data.height}px`
  root.setAttribute("role", "img")
  root.setAttribute("aria-label", data.alt)
  const app = document.baseURI.replace(/\/+([?#].*)?$/, "")
  let Plotly
  try {
    const { loadPlotly } = await import(new URL(`${data.modules}/plotly.js`, app))
    Plotly = await loadPlotly(data.plotly)
  } catch (error) {
    root.textContent = error.message
    return
  }
  // What an earlier call may have said.
  if (!plot.shown) root.textContent = ""
  await plot.show(Plotly, data)
  // Streamlit lets an earlier call leave as soon as a later one has come, though the plot is still there.
  return () => turn === plot.turn && plot.leave(Plotly)
}

class LivingPlot {
  constructor(root) {
    Object.assign(this, { root, isHere: true, turn: 0, wanted: null, shown: null, drawing: null, width: 0, observer: null })
  }

  // What has not changed is not drawn again: a hover label stays while the page looks for news.
  async show(Plotly, data) {
    const template = { layout: look(this.root) }
    const state = data.figure + JSON.stringify(template)
    if (this.shown !== state) {
      this.shown = state
      const { data: traces, layout } = JSON.parse(data.figure)
      // A click that slips a little must not zoom.
      const dragmode = data.clickable ? "pan" : "zoom"
      this.wanted = [traces, { dragmode, ...layout, template, autosize: true, height: data.height }]
    }
    this.clickable = data.clickable
    this.watch(Plotly)
    await this.drawWanted(Plotly)
  }

  // One at a time: while a drawing is under way, the newest figure waits.
  async drawWanted(Plotly) {
    if (this.wanted && this.root.clientWidth) this.drawing ??= this.draw(Plotly).finally(() => this.drawn(Plotly))
    await this.drawing
  }

  // Plotly goes on with it after a page has left, and needs what purging takes away.
  async draw(Plotly) {
    while (this.wanted && this.isHere) {
      const next = this.wanted
      this.wanted = null
      this.width = this.root.clientWidth
      try {
        await Plotly.react(this.root, ...next, { displayModeBar: false })
      } catch (error) {
        // Not shown: the next time that it is wanted it is drawn.
        this.shown = null
        throw error
      }
      this.listen()
    }
  }

  drawn(Plotly) {
    this.drawing = null
    if (this.isHere) this.fit(Plotly)
    else this.purge(Plotly)
  }

  // In a tab or expander that is closed it has no width yet.
  watch(Plotly) {
    this.observer ??= new ResizeObserver(() => this.fit(Plotly))
    this.observer.observe(this.root)
  }

  fit(Plotly) {
    const width = this.root.clientWidth
    if (!width || !this.isHere) return
    if (this.wanted) return this.drawWanted(Plotly)
    if (width === this.width || this.drawing) return
    this.width = width
    Plotly.Plots.resize(this.root)
  }

  listen() {
    this.root.removeAllListeners("plotly_click")
    if (this.clickable) this.root.on("plotly_click", event => this.tell(event))
  }

  // The number that the clicked point bears in its customdata; several points may lie on one another.
  tell(event) {
    const number = event.points.map(({ customdata }) => customdata?.[0] ?? customdata).find(Number.isInteger)
    if (number !== undefined) this.report(number)
  }

  leave(Plotly) {
    this.isHere = false
    if (!this.drawing) this.purge(Plotly)
  }

  purge(Plotly) {
    this.observer?.disconnect()
    Object.assign(this, { observer: null, shown: null, wanted: null, width: 0 })
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
  const line = faded(read("--st-border-color"), "90")
  const axis = { gridcolor: line, zeroline: false, zerolinecolor: line, automargin: true, title: { font: { color: quiet } } }
  return {
    font: { family: read("--st-font"), color, size: 12 },
    colorway: read("--st-chart-categorical-colors").split(",").map(each => each.trim()),
    title: { font: { size: 13, weight: 600 } },
    // Between an axis and the numbers beside it.
    margin: { pad: 5 },
    paper_bgcolor: "rgba(0, 0, 0, 0)",
    plot_bgcolor: "rgba(0, 0, 0, 0)",
    xaxis: { ...axis, showgrid: false, tickfont: { color: quiet } },
    yaxis: { ...axis, tickfont: { color: quiet } },
    // Words lie on lines.
    annotationdefaults: { bgcolor: faded(read("--st-background-color"), "B0") },
    hoverlabel: { bgcolor: read("--st-background-color"), bordercolor: read("--st-border-color"), font: { color } },
  }
}
