// The walk of one prompt in ARCHITECTURE.md: its files exist, each leads to the next, and all of it can be read in one go.
import { Glob } from 'bun'
import { expect, test } from 'bun:test'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { importsOf, root } from './support/imports-of.ts'

const text = await Bun.file(join(root, 'ARCHITECTURE.md')).text()
const rows = [...text.slice(text.indexOf('## The walk'), text.indexOf('## Map')).matchAll(/^\| \d+ \| (.+?) \|/gm)]
const steps = rows.flatMap(([, files]) => [...files!.matchAll(/`([^`]+)`/g)].map((match) => match[1]!))

const WIRE = 'the wire'
/** What hands the prompt on before it comes to a step, where that is more than one file. */
const BETWEEN: Record<string, string[]> = {
  'src/connection/socket.ts': ['src/connection/supervisor.ts', 'src/connection/link.ts'],
  'relay/ws/ws.ts': [WIRE],
  'relay/claude/session.ts': ['relay/executions/session-run.ts', 'relay/claude/claude.ts'],
  'relay/executions/fact-events.ts': ['relay/claude/process.ts', 'relay/claude/session.ts', 'relay/claude/claude.ts', 'relay/executions/claude-listener.ts'],
  'src/connection/subscription.ts': [WIRE, 'src/connection/socket.ts', 'src/connection/link.ts', 'src/connection/supervisor.ts', 'src/connection/connection.ts', 'src/connection/channels.ts'],
  'src/stores/session-conversation.ts': ['src/connection/channels.ts', 'src/connection/connection.ts', 'src/stores/session-feed.ts', 'src/stores/session-reading.ts'],
}
/** Everybody knows these: they lead nowhere in particular. */
const KNOWN_TO_ALL = ['src/clock.ts', 'relay/clock.ts', 'relay/relay.ts', 'relay/observability/log.ts', 'src/protocol/index.ts']

const files = [...new Glob('{src,relay}/**/*.{ts,vue}').scanSync(root)]
const imports = new Map(await Promise.all(files.map(async (file) => [file, await importsOf(file)] as const)))
/** One of them imports the other: it calls it, or is handed it. */
const meet = (one: string, other: string) => imports.get(one)!.includes(other) || imports.get(other)!.includes(one)

/** A step is at hand when the two meet, or one file meets both: a door, or what puts them together. */
function isAtHand(from: string, to: string): boolean {
  const contract = [from, to].some((file) => file.startsWith('src/protocol/'))
  const doors = files.filter((file) => !KNOWN_TO_ALL.includes(file) || (contract && file === 'src/protocol/index.ts'))
  return meet(from, to) || doors.some((file) => meet(from, file) && meet(file, to))
}

test('every file that the walk names exists', () => {
  expect(rows.length).toBe(14)
  expect(new Set(steps).size).toBe(steps.length)
  expect(steps.filter((file) => !existsSync(join(root, file)))).toEqual([])
})

test('each step is reached from the one before', () => {
  expect(Object.keys(BETWEEN).filter((file) => !steps.includes(file))).toEqual([])
  const gaps: string[] = []
  for (const [index, step] of steps.entries()) {
    const before = steps[index - 1]
    if (before === undefined) continue
    const between = BETWEEN[step]
    if (!between) {
      if (!isAtHand(before, step)) gaps.push(`${before} … ${step}`)
      continue
    }
    const way = [before, ...between, step]
    for (let hop = 1; hop < way.length; hop++) {
      const [from, to] = [way[hop - 1]!, way[hop]!]
      if (from !== WIRE && to !== WIRE && from !== to && !meet(from, to)) gaps.push(`${from} … ${to}`)
    }
  }
  expect(gaps).toEqual([])
})

test('the walk is under 2,000 lines, each of its files within 150', async () => {
  const lines = await Promise.all(steps.map(async (file) => (await Bun.file(join(root, file)).text()).split('\n').length - 1))
  expect(steps.filter((_, index) => lines[index]! > 150)).toEqual([])
  expect(lines.reduce((sum, each) => sum + each, 0)).toBeLessThan(2_000)
})

test('how large the relay and its largest rooms are is told as it is, to a tenth', async () => {
  const files = [...new Glob('relay/**/*').scanSync({ cwd: root, dot: true })]
  const linesIn = async (folders: readonly string[]) => {
    const texts = await Promise.all(files.filter((file) => folders.some((folder) => file.startsWith(`${folder}/`))).map((file) => Bun.file(join(root, file)).text()))
    return texts.reduce((sum, each) => sum + each.split('\n').length - 1, 0)
  }
  const ROOMS = [['relay'], ['relay/executions'], ['relay/claude'], ['relay/http'], ['relay/auth'], ['relay/sessions'], ['relay/files', 'relay/uploads']]
  const told = /^\d+\. We let the relay grow to about (\d+,\d+) lines .*$/m.exec(text)!
  const numbers = [told[1]!, ...[...told[0].matchAll(/\((\d,\d{3})\)/g)].map(([, number]) => number!)].map((number) => Number(number.replace(',', '')))
  const off = await Promise.all(ROOMS.map(async (folders, index) => ({ folders, told: numbers[index], lines: await linesIn(folders) })))
  expect(off.filter(({ told: number, lines }) => !(Math.abs(number! - lines) <= lines / 10))).toEqual([])
  expect(numbers).toHaveLength(ROOMS.length)
})
