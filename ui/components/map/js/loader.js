// The only script that travels inside Streamlit's messages; the rest is served once as static files.
export default async function (component) {
  const app = document.baseURI.replace(/\/+([?#].*)?$/, "")
  const { render } = await import(new URL(component.data.module, app))
  return render(component)
}
