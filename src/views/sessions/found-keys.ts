// The keys of the search: from its field down into what was found, and back.

/** Where an arrow leads from `at`; -1 is the field. undefined: the key is not for these. */
export function placeAfter(key: string, at: number, count: number): number | undefined {
  if (count === 0) return undefined
  if (key === 'ArrowDown') return Math.min(at + 1, count - 1)
  return key === 'ArrowUp' && at >= 0 ? at - 1 : undefined
}

/** `list` holds the field and, under it, the links of what was found. Enter in the field opens the first. */
export function moveAmongFound(list: Element, event: KeyboardEvent): void {
  if (event.isComposing || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return
  const field = list.querySelector<HTMLElement>('input[type=search]')
  const links = [...list.querySelectorAll<HTMLElement>('li > a[href]')]
  const at = event.target === field ? -1 : links.indexOf(event.target as HTMLElement)
  if (at === -1 && event.target !== field) return
  if (event.key === 'Enter' && at === -1) return links[0]?.click()
  const to = placeAfter(event.key, at, links.length)
  if (to === undefined) return
  event.preventDefault()
  const next = to === -1 ? field : links[to]
  next?.focus()
}
