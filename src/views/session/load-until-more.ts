// Older pages for a list that shows only some of what they hold.

/** A long talk without anything for the list is not read to its beginning at one press. */
const MOST_PAGES = 5

type List = { entries(): number; hasOlder(): boolean; loadOlder(): Promise<unknown> }

/** Until the list has more entries than before, or there is nothing older. */
export async function loadUntilMore({ entries, hasOlder, loadOlder }: List): Promise<void> {
  const before = entries()
  for (let page = 0; page < MOST_PAGES && hasOlder() && entries() === before; page++) await loadOlder()
}
