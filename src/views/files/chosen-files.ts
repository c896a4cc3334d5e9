// Which files are chosen after a press on the box of one, or of a folder. Pure.

export type Press = {
  /** What was pressed: one file, or all that are in a folder. */
  ids: readonly string[]
  /** `range`: all from what was pressed before up to this. */
  how: 'toggle' | 'add' | 'range'
}

/** `order`: all files as they stand below each other. `anchor`: what was pressed before. */
export function chosenAfter(chosen: ReadonlySet<string>, order: readonly string[], anchor: string | null, { ids, how }: Press): ReadonlySet<string> {
  const from = how === 'range' && anchor !== null ? order.indexOf(anchor) : -1
  if (from >= 0) {
    const places = [from, ...ids.map((id) => order.indexOf(id))]
    return new Set([...chosen, ...order.slice(Math.min(...places), Math.max(...places) + 1)])
  }
  if (how !== 'add' && ids.every((id) => chosen.has(id))) return new Set([...chosen].filter((id) => !ids.includes(id)))
  return new Set([...chosen, ...ids])
}
