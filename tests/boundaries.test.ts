// Who may import whom, held by a test: the table of ARCHITECTURE.md, the doors, and no circles.
import { Glob } from 'bun'
import { expect, test } from 'bun:test'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { importsOf, root } from './support/imports-of.ts'

/** room → rooms it may import, as the table says. Its own room, packages and what `anyone` lists are always allowed. */
const MAY = readTable(await Bun.file(join(root, 'ARCHITECTURE.md')).text())

function readTable(text: string): Record<string, string[]> {
  const table = text.slice(text.indexOf('## Who may import whom'), text.indexOf('## Glossary'))
  const named = (cell: string) => [...cell.matchAll(/`([^`]+)`/g)].map((match) => match[1]!)
  const rows = [...table.matchAll(/^\| (`.+?) \| (.+?) \|$/gm)]
  return Object.fromEntries(rows.flatMap(([, rooms, may]) => named(rooms!).map((room) => [room, named(may!)])))
}

const RELAY_ANYONE = ['relay/observability', 'src/protocol']
/** Single files at a root that anyone beside them may import. */
const FILES_ANYONE = ['relay/clock.ts', 'src/clock.ts', 'relay/claude-folder.ts', 'relay/config.ts', 'relay/disk-room.ts', 'relay/files-url.ts', 'relay/line.ts', 'relay/network-of.ts', 'relay/rate-limits.ts', 'relay/unsafe-settings.ts']
/** Composition roots: they put everything together, so they import anything. */
const ROOTS = ['src/main.ts', 'src/link.ts', 'src/later.ts', 'src/services.ts', 'src/client.ts', 'src/router.ts', 'src/App.vue', 'relay/main.ts', 'relay/relay.ts', 'relay/room-settings.ts']

const isRoot = (file: string) => ROOTS.includes(file) || file.startsWith('relay/cli/')

const roomOf = (file: string) => file.split('/').slice(0, 2).join('/')
/** The one file that others may import; rooms of the browser are open, but for the contract. */
const doorOf = (room: string) => (room === 'src/protocol' ? 'src/protocol/index.ts' : room.startsWith('relay/') && room !== 'relay/observability' ? `${room}/${room.slice(6)}.ts` : null)

function problem(file: string, target: string): string | null {
  const from = roomOf(file)
  const to = roomOf(target)
  if (isRoot(file) || from === to || FILES_ANYONE.includes(target)) return null
  if (target.endsWith('.css') && to === 'src/styles') return null
  const may = file.startsWith('relay/') ? [...RELAY_ANYONE, ...(MAY[from] ?? [])] : MAY[from]
  if (!may?.includes(to)) return `${from} may not import ${to}`
  const door = doorOf(to)
  return door === null || target === door ? null : `only through ${door}`
}

/** The files of one circle of imports, if there is one. */
function circle(imports: Map<string, string[]>): string[] {
  const done = new Set<string>()
  function walk(file: string, path: string[]): string[] {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file]
    if (done.has(file)) return []
    for (const target of imports.get(file) ?? []) {
      const found = walk(target, [...path, file])
      if (found.length > 0) return found
    }
    done.add(file)
    return []
  }
  for (const file of imports.keys()) {
    const found = walk(file, [])
    if (found.length > 0) return found
  }
  return []
}

const files = [...new Glob('{src,relay}/**/*.{ts,vue}').scanSync(root)].filter((file) => !file.endsWith('.d.ts')).sort()

test('the table has the rooms that there are', () => {
  const rooms = ['src', 'relay'].flatMap((half) => readdirSync(join(root, half), { withFileTypes: true }).flatMap((each) => (each.isDirectory() ? [`${half}/${each.name}`] : [])))
  // Styles import nothing, and the command line is a place where everything is put together.
  expect(Object.keys(MAY).sort()).toEqual(rooms.filter((room) => room !== 'src/styles' && room !== 'relay/cli').sort())
  expect(Object.values(MAY).flat().filter((room) => !rooms.includes(room))).toEqual([])
})

test('every import keeps to the table and goes through the door', async () => {
  const problems: string[] = []
  for (const file of files) for (const target of await importsOf(file)) {
    const why = problem(file, target)
    if (why) problems.push(`${file} → ${target}: ${why}`)
  }
  expect(problems).toEqual([])
})

test('no file imports itself over a detour, not even for a type', async () => {
  const imports = new Map(await Promise.all(files.map(async (file) => [file, await importsOf(file)] as const)))
  expect([...imports.values()].flat().length).toBeGreaterThan(500)
  expect(circle(imports)).toEqual([])
})

test('only the relay imports the SDK, only the room that drives Claude, and its code only when a process is to start', async () => {
  const users: string[] = []
  for (const file of files) {
    const text = await Bun.file(join(root, file)).text()
    if (text.includes("'@anthropic-ai/claude-agent-sdk'")) users.push(roomOf(file))
    // A quarter of what a relay at rest holds would be the SDK's.
    expect([file, /^import (?!type ).*'@anthropic-ai\/claude-agent-sdk'/m.test(text)]).toEqual([file, false])
  }
  expect([...new Set(users)].filter((room) => room !== 'relay/claude')).toEqual([])
})

test('the first line of every file says what it is for', async () => {
  const silent: string[] = []
  for (const file of files) {
    const first = (await Bun.file(join(root, file)).text()).split('\n', 1)[0] ?? ''
    if (!/^(\/\/|<!--|\/\*|#!)/.test(first)) silent.push(file)
  }
  expect(silent).toEqual([])
})

test('no file has grown past 400 lines, no name says nothing; tests included', async () => {
  const bad: string[] = []
  // What the bench has installed for its peers is not ours.
  const ofTests = [...new Glob('tests/**/*.{ts,mjs}').scanSync(root)].filter((file) => !file.includes('/node_modules/'))
  for (const file of [...files, ...ofTests]) {
    if (!file.startsWith('src/i18n/') && (await Bun.file(join(root, file)).text()).trimEnd().split('\n').length > 400) bad.push(file)
    if (/(^|\/)(utils?|helpers?|managers?|common|misc|service)(\.|\/)/i.test(file)) bad.push(file)
  }
  expect(bad).toEqual([])
})
