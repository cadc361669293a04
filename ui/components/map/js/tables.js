// Columns that arrive in a message of their own and stay, so that a map can change without their being sent again.

const LIMIT = 32
/** The columns come before the map that needs them; those that have not come this long after it will not come. */
const PATIENCE_MS = 500
const tables = new Map()
const NO_TABLE = Promise.resolve(Object.freeze({}))

/** The table, which is the newest from now on; the one that was not asked for the longest goes. */
function entry(id) {
  const found = tables.get(id) ?? { isHere: false }
  found.promise ??= new Promise(resolve => (found.resolve = resolve))
  tables.delete(id)
  tables.set(id, found)
  if (tables.size > LIMIT) tables.delete(tables.keys().next().value)
  return found
}

/** Keeps an Arrow table as plain columns: typed arrays for numbers, arrays for text. */
export function provide(id, arrow) {
  const columns = {}
  for (const { name } of arrow.schema.fields) {
    const values = arrow.getChild(name).toArray()
    columns[name] = ArrayBuffer.isView(values) ? values : Array.from(values)
  }
  const table = entry(id)
  table.isHere = true
  table.resolve(columns)
}

/** Resolves to the columns of table `id` as soon as its message is there; `null` stands for no table, the same each time,
 * so that who compares what was with what is finds no change. */
export const columnsOf = id => (id ? entry(id).promise : NO_TABLE)

/** Asks for those of `ids` that are still not there after a while, again and again, until `isWanted` says no. */
export function askForMissing(ids, isWanted, ask, patience = PATIENCE_MS) {
  setTimeout(() => {
    const missing = ids.filter(id => id && !tables.get(id)?.isHere)
    if (!missing.length || !isWanted()) return
    ask(missing)
    askForMissing(ids, isWanted, ask, 2 * patience)
  }, patience)
}
