// Sets of movie ids as text for an address: some as they are, many packed.

/** Six bits each: five of a number, and one that says whether more of it follow. */
const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
const PACKED = "~"
const MOST_PLAIN = 20

/** Text that `readIds` turns into the same set of ids, integers of 0 and above. */
export function writeIds(ids) {
  if (ids.length <= MOST_PLAIN) return [...ids].join(",")
  let text = PACKED
  let last = 0
  for (const id of Int32Array.from(ids).sort()) {
    let left = id - last
    last = id
    do {
      const five = left & 31
      left >>>= 5
      text += DIGITS[left ? five | 32 : five]
    } while (left)
  }
  return text
}

/** The ids in `text`; what is no number is passed over. */
export function readIds(text) {
  if (!text.startsWith(PACKED)) return text.split(",").filter(Boolean).map(Number).filter(Number.isFinite)
  const ids = []
  let last = 0
  let value = 0
  let shift = 0
  for (const character of text.slice(PACKED.length)) {
    const digit = DIGITS.indexOf(character)
    if (digit < 0) continue
    value |= (digit & 31) << shift
    if (digit & 32) {
      shift += 5
    } else {
      ids.push((last += value))
      value = shift = 0
    }
  }
  return ids
}
