// Everything that the page fetches for itself later is in the one list: nothing is left to be missed without a link.
import { Glob } from 'bun'
import { expect, test } from 'bun:test'
import { dirname, join, relative } from 'node:path'

const source = join(import.meta.dir, '..', '..', 'src')

async function fetchedBy(file: string): Promise<string[]> {
  const text = await Bun.file(join(source, file)).text()
  return [...text.matchAll(/(?<!typeof )import\('([^']+)'\)/g)].map((match) => relative(source, join(source, dirname(file), match[1]!)))
}

test('what any file fetches later is fetched by src/later.ts as well', async () => {
  const files = [...new Glob('**/*.{ts,vue}').scanSync(source)].filter((file) => !/^(mocks|views\/gallery)\//.test(file) && file !== 'later.ts')
  const wanted = new Set((await Promise.all(files.map(fetchedBy))).flat())
  // Languages: the other one is fetched when it is chosen. Mocks and gallery are no part of what is shipped; what only admins see is of no use without a link, and the page of a share link is a page of its own. The list fetches itself first. What draws PDF weighs more than all the rest, and has nothing to draw without one.
  const apart = [...wanted].filter((file) => /^((i18n|mocks|views\/(?:admin|gallery))\/|(?:link|later)\.ts$|views\/files\/PreviewPdf\.vue$)/.test(file))
  const listed = await fetchedBy('later.ts')
  expect(listed.length).toBeGreaterThan(20)
  expect([...wanted].filter((file) => !apart.includes(file) && !listed.includes(file))).toEqual([])
  expect(listed.filter((file) => !wanted.has(file))).toEqual([])
})
