// Columns that arrive in a message of their own, so that a map can change without sending them again.

const LIMIT = 32
const tables = new Map()

function entry(id) {
  if (!tables.has(id)) {
    if (tables.size >= LIMIT) tables.delete(tables.keys().next().value)
    const created = {}
    created.promise = new Promise(resolve => (created.resolve = resolve))
    tables.set(id, created)
  }
  return tables.get(id)
}

/** Keeps an Arrow table as plain columns: typed arrays for numbers, arrays for text. */
export function provide(id, arrow) {
  const columns = {}
  for (const { name } of arrow.schema.fields) {
    const values = arrow.getChild(name).toArray()
    columns[name] = ArrayBuffer.isView(values) ? values : Array.from(values)
  }
  entry(id).resolve(columns)
}

/** Resolves to the columns of table `id` as soon as its message is there; `null` stands for no table. */
export const columnsOf = id => (id ? entry(id).promise : Promise.resolve({}))
