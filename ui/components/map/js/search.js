// Finding movies by title, year or genre: every word must occur, or a regular expression must match.

const REGEX_BUDGET_MS = 1500

const isPlain = text => /^[\x00-\x7f]*$/.test(text)

export const fold = text => (isPlain(text) ? text : text.normalize("NFD").replace(/[\u0300-\u036f]/g, "")).toLowerCase()

/** What a search looks through, a line a movie: `The Matrix (1999) Action Sci-Fi`. */
export const searchLines = ({ title, year, genres }) =>
  title.map((name, i) => `${name}${year[i] ? ` (${year[i]})` : ""} ${genres[i].replaceAll("|", " ")}`)

/** Rows of `folded` lines in which every word of `text` occurs; `null` for an empty text. */
export function findWords(text, folded) {
  const words = fold(text).split(/\s+/).filter(Boolean)
  if (!words.length) return null
  const rows = []
  for (let i = 0; i < folded.length; i++) {
    if (words.every(word => folded[i].includes(word))) rows.push(i)
  }
  return rows
}

const WORKER = `onmessage = ({ data: { source, lines } }) => {
  const expression = new RegExp(source, "iu")
  postMessage(lines.flatMap((line, i) => (expression.test(line) ? [i] : [])))
}`

/** Resolves to the rows whose line matches; rejects with a sentence if the expression is invalid or takes too long.
 *
 * It runs in a worker, because only a worker can be stopped in the middle of an expression that backtracks for ever. */
export function findExpression(source, lines) {
  try {
    new RegExp(source, "iu")
  } catch (error) {
    return Promise.reject(new Error(`Not a regular expression: ${error.message.split(": ").pop().toLowerCase()}`))
  }
  return new Promise((resolve, reject) => {
    const url = URL.createObjectURL(new Blob([WORKER], { type: "text/javascript" }))
    const worker = new Worker(url)
    const finish = (settle, value) => {
      clearTimeout(timer)
      worker.terminate()
      URL.revokeObjectURL(url)
      settle(value)
    }
    const timer = setTimeout(() => finish(reject, new Error("This expression takes too long")), REGEX_BUDGET_MS)
    worker.onmessage = ({ data }) => finish(resolve, data)
    worker.onerror = () => finish(reject, new Error("This expression cannot be searched for"))
    worker.postMessage({ source, lines })
  })
}
