// plotly.js, loaded once a page from the app's own server.

let loading = null

export function loadPlotly(address) {
  loading ??= new Promise((resolve, reject) => {
    const script = document.createElement("script")
    script.src = new URL(address, document.baseURI.replace(/\/+([?#].*)?$/, ""))
    script.onload = () => resolve(window.Plotly)
    script.onerror = () => {
      loading = null
      reject(new Error("What draws figures could not be loaded. Is server.enableStaticServing on?"))
    }
    document.head.append(script)
  })
  return loading
}

let webgl = null

export const hasWebgl = () => (webgl ??= Boolean(document.createElement("canvas").getContext("webgl")))
