// The only script that travels inside Streamlit's messages; the rest is served once as static files.
export default async function (component) {
  const app = document.baseURI.replace(/\/+([?#].*)?$/, "")
  const { modules, plotly } = component.data
  const load = name => import(new URL(`${modules}/${name}.js`, app))
  // plotly.js is large: it is on its way while the modules are. Should it fail, the map says so when it wants to draw.
  if (plotly) load("plotly").then(({ loadPlotly }) => loadPlotly(plotly)).catch(() => {})
  const { render } = await load("main")
  return render(component)
}
