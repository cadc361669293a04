// The only script that travels inside Streamlit's messages; the rest is served once as static files.
export default async function (component) {
  const app = document.baseURI.replace(/\/+([?#].*)?$/, "")
  const { modules, module_names, plotly } = component.data
  const address = name => new URL(`${modules}/${name}.js`, app).href
  const load = name => import(address(name))
  preload(module_names.map(address))
  // plotly.js is large: it is on its way while the modules are. Should it fail, the map says so when it wants to draw.
  if (plotly) load("plotly").then(({ loadPlotly }) => loadPlotly(plotly)).catch(() => {})
  const { render } = await load("main")
  if (component.data.is_expected) return
  return render(component)
}

/** Fetches all modules at once: left to themselves, each would be asked for when the one that needs it has come. */
function preload(addresses) {
  for (const href of addresses) {
    if (document.head.querySelector(`link[href="${href}"]`)) continue
    document.head.append(Object.assign(document.createElement("link"), { rel: "modulepreload", href }))
  }
}
