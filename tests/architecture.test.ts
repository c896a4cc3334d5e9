// ARCHITECTURE.md speaks of files that exist. Its import table is read by boundaries.test.ts.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'bun:test'

const root = join(import.meta.dir, '..')
const text = await Bun.file(join(root, 'ARCHITECTURE.md')).text()

test('every path in the walk exists', () => {
  const walk = text.slice(text.indexOf('## The walk'), text.indexOf('## Map'))
  const named = [...walk.matchAll(/`((?:src|relay)\/[\w./-]+)`/g)].map((match) => match[1]!)
  expect(named.length).toBeGreaterThan(20)
  expect(named.filter((path) => !existsSync(join(root, path)))).toEqual([])
})
