// The recordings that the page without a relay plays: they fit the contract, and the relay of today still says the same.
import { expect, test } from 'bun:test'
import { readdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import * as z from 'zod/mini'
import { decodeFromBrowser, decodeFromRelay, ERROR_CODES, errorData, FROM_BROWSER, rest } from '#protocol'
import { readRecording, record, recordingFile, recordingNames, recordingText } from '../support/record-scenarios.ts'

const SCHEMAS: [RegExp, z.core.$ZodType][] = [
  [/^GET \/api\/v1\/me$/, rest.me],
  [/^GET \/api\/v1\/people$/, rest.people],
  [/^GET \/api\/v1\/workspaces$/, rest.workspaces],
  [/^GET \/api\/v1\/workspaces\/[^/]+\/tree$/, rest.tree],
  [/^GET \/api\/v1\/workspaces\/[^/]+\/trust$/, rest.trustReport],
  [/^GET \/api\/v1\/claude\/sessions$/, rest.sessionsPage],
  [/^GET \/api\/v1\/claude\/sessions\/[^/]+\/state$/, rest.sessionSnapshot],
  [/^POST \/api\/v1\/auth\/login$/, rest.signedIn],
]

for (const name of recordingNames) {
  test(`${name}: every frame passes the one parser of frames, without a complaint`, () => {
    const recording = readRecording(name)
    const complaints: string[] = []
    const frames = [recording.connected, ...recording.steps.flatMap((step) => step.frames)]
    const read = decodeFromRelay(JSON.stringify(frames), (problem) => complaints.push(problem))
    expect(complaints).toEqual([])
    expect(read).toHaveLength(frames.length)
    for (const refusal of recording.refusals ?? []) expect(z.safeParse(errorData, refusal.data).success).toBe(true)
  })

  test(`${name}: what people said passes it too`, () => {
    const said = readRecording(name).steps.filter((step) => Object.hasOwn(FROM_BROWSER, step.type))
    expect(said.length).toBeGreaterThan(0)
    for (const { type, data } of said) {
      const channel = type === 'subscribe' ? 'session:session-1' : undefined
      const decoded = decodeFromBrowser(JSON.stringify({ type, id: 'x', channel, data }), { arrays: false })
      expect(decoded.ok && decoded.messages[0]?.ok, `${type} ${JSON.stringify(decoded)}`).toBe(true)
    }
  })

  test(`${name}: every answer of REST passes its schema`, () => {
    for (const [route, { status, body }] of Object.entries(readRecording(name).rest)) {
      expect(status, route).toBe(200)
      const schema = SCHEMAS.find(([pattern]) => pattern.test(route))?.[1]
      expect(schema, route).toBeDefined()
      expect(z.safeParse(schema!, body).error?.issues ?? [], route).toEqual([])
    }
  })

  test(`${name}: the session counts from 1 without holes, over an absence as well`, () => {
    const kept = readRecording(name).steps.flatMap((step) => step.frames).filter((frame) => frame.channel === 'session:session-1' && typeof frame.seq === 'number')
    expect(kept.length).toBeGreaterThan(5)
    expect(kept.map((frame) => frame.seq)).toEqual(kept.map((_, index) => index + 1))
  })
}

test('the folder holds these recordings and nothing else, and is small', () => {
  const folder = dirname(recordingFile('x'))
  const files = readdirSync(folder)
  expect(files.sort()).toEqual(recordingNames.map((name) => `${name}.json`).sort())
  expect(files.reduce((sum, file) => sum + statSync(`${folder}/${file}`).size, 0)).toBeLessThan(1.5 * 1024 * 1024)
})

test('no recording holds anything of the machine it was made on', () => {
  for (const name of recordingNames) {
    const text = recordingText(readRecording(name))
    expect(text).not.toMatch(/\/tmp\/(?!claude\/)|node_modules|eyJ[A-Za-z0-9_-]{10,}/)
    expect(text).not.toMatch(/(?!00000000-0000-4000-8000)[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/)
  }
})

test('every tool that Claude Code names in a trusted folder is called, and one that does not exist', () => {
  const progress = readRecording('tools').steps.flatMap((step) => step.frames).filter(({ type }) => type === 'progress').map(({ data }) => data as { progress_type: string; tool?: string; input?: { tools?: string[] } })
  const called = new Set(progress.flatMap(({ progress_type, tool }) => (progress_type === 'tool_start' ? [tool!] : [])))
  const named = new Set(progress.flatMap(({ progress_type, input }) => (progress_type === 'init' ? input!.tools! : [])))
  expect(named.size).toBeGreaterThan(25)
  // Also those that have nothing to work with here: they are called and say so.
  expect([...named].filter((tool) => !called.has(tool))).toEqual([])
  expect([...called].filter((tool) => !named.has(tool))).toEqual(['Teleport'])
})

test('every code of the table is recorded, as a refusal or as the end of a turn', () => {
  const { refusals, steps } = readRecording('errors')
  const failures = steps.flatMap((step) => step.frames).flatMap(({ type, data }) => (type === 'task' && data.status === 'failed' ? [data.error as { code: string }] : []))
  const codes = [...refusals!.map(({ data }) => data), ...failures].map(({ code }) => code as (typeof ERROR_CODES)[number])
  expect(new Set(codes).size).toBe(codes.length)
  expect<string[]>(ERROR_CODES.filter((code) => !codes.includes(code))).toEqual([])
})

for (const name of recordingNames) {
  test(
    `${name}: recorded anew it is the same (else: npm run record -- ${name})`,
    async () => {
      const fresh = recordingText(await record(name)).split('\n')
      const kept = recordingText(readRecording(name)).split('\n')
      for (const [index, line] of fresh.entries()) expect(line, `line ${index + 1}`).toBe(kept[index]!)
      expect(fresh).toHaveLength(kept.length)
    },
    60_000,
  )
}
