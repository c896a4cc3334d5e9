// What tells files of one name apart that go with one prompt: as little of the folders they lie in as does. Pure.

type Named = { id: string; name: string; outOf: string }

/** The last so many folders of a path. */
const tail = (folder: string, count: number) => folder.split('/').slice(-count).join('/')

/** By id, of those only that have a namesake and lie in a folder. */
export function tellApart(files: readonly Named[]): ReadonlyMap<string, string> {
  const told = new Map<string, string>()
  for (const alike of Map.groupBy(files, ({ name }) => name.normalize('NFC')).values()) {
    const folders = new Set(alike.map(({ outOf }) => outOf))
    if (folders.size < 2) continue
    for (const { id, outOf } of alike) {
      const depth = outOf.split('/').length
      const others = [...folders].filter((each) => each !== outOf)
      const isEnough = (count: number) => others.every((each) => tail(each, count) !== tail(outOf, count))
      let count = 1
      while (count < depth && !isEnough(count)) count += 1
      if (outOf !== '') told.set(id, tail(outOf, count))
    }
  }
  return told
}
