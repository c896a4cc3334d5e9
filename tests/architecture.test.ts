// ARCHITECTURE.md speaks of files that exist, and its import table has the rooms of the boundaries test.
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

test('every room of the import table exists', () => {
  const table = text.slice(text.indexOf('## Who may import whom'), text.indexOf('## Glossary'))
  const rooms = [...table.matchAll(/^\| (.+?) \|/gm)].flatMap((match) => [...match[1]!.matchAll(/`([^`]+)`/g)].map((each) => each[1]!))
  expect(rooms.filter((room) => !existsSync(join(root, room)))).toEqual([])
})
