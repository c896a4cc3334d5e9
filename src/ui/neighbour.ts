// Which one an arrow key goes to in a row of tabs or choices.

/** The id to go to from `current`, going round at the ends; undefined if the key moves nothing. */
export function neighbour<Id>(ids: readonly Id[], current: Id, key: string): Id | undefined {
  const at = ids.indexOf(current)
  switch (key) {
    case 'ArrowRight':
    case 'ArrowDown':
      return ids[(at + 1) % ids.length]
    case 'ArrowLeft':
    case 'ArrowUp':
      return ids[(Math.max(at, 0) - 1 + ids.length) % ids.length]
    case 'Home':
      return ids[0]
    case 'End':
      return ids.at(-1)
    default:
      return undefined
  }
}
