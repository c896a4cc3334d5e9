// Nothing is given out that nobody takes: every function and constant that a file exports is imported by another one.
import { Glob } from 'bun'
import { expect, test } from 'bun:test'
import { dirname, join, relative } from 'node:path'

const root = join(import.meta.dir, '..')
const files = [...new Glob('{src,relay,tests}/**/*.{ts,vue,mjs}').scanSync(root), 'vite.config.ts'].filter((file) => !file.endsWith('.d.ts'))
const texts = new Map(await Promise.all(files.map(async (file) => [file, await Bun.file(join(root, file)).text()] as const)))
const exportsOf = (text: string) => new Bun.Transpiler({ loader: 'ts' }).scan(text).exports.filter((name) => name !== 'default')

const fileOf = (from: string, target: string) => (target === '#protocol' ? 'src/protocol/index.ts' : relative(root, join(root, dirname(from), target)))

/** What each file takes from others: `<file> <name>`, or `<file>` when it asks for the whole of it while it runs. */
const taken = new Set(
  [...texts].flatMap(([file, text]) => {
    const lists = [...text.matchAll(/^(?:import|export)\s[^'"`;]*?\{([^}]*)\}\s*from\s*['"]([^'"]+)['"]/gm)]
    const names = lists.flatMap(([, list = '', target = '']) => list.split(',').map((name) => `${fileOf(file, target)} ${name.trim().replace(/^type /, '').replace(/ as .*/, '')}`))
    return [...names, ...[...text.matchAll(/import\(\s*['"]([^'"]+)['"]/g)].map((match) => fileOf(file, match[1]!))]
  }),
)

test('nothing is exported that no other file imports', () => {
  // The contract is read as a whole; Playwright reads its settings by itself.
  const ours = files.filter((file) => file.endsWith('.ts') && !file.startsWith('src/protocol/') && !file.endsWith('.test.ts'))
  const given = ours.flatMap((file) => exportsOf(texts.get(file)!).map((name) => ({ file, name })))
  expect(given.length).toBeGreaterThan(500)
  expect(given.filter(({ name, file }) => !taken.has(file) && !taken.has(`${file} ${name}`)).map(({ name, file }) => `${file}: ${name}`)).toEqual([])
})
