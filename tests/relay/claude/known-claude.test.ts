// What is known of the CLI: one look for all who ask, kept for a while, and nobody held up by one that hangs.
import { afterAll, expect, test } from 'bun:test'
import { readFileSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createKnownClaude } from '../../../relay/claude/known-claude.ts'
import { versionOf } from '../../../relay/claude/describe-claude.ts'
import { eventually } from '../../support/eventually.ts'
import { manualClock } from '../../support/manual-clock.ts'
import { startRelay } from '../../support/start-relay.ts'
import { freshFolder, isAlive, removeFolders } from './real-claude.ts'

afterAll(removeFolders)
const environment = { PATH: process.env['PATH']!, ANTHROPIC_API_KEY: 'key' }

/** A CLI that notes each of its starts. */
function cli(script: string) {
  const folder = freshFolder('cli')
  const [bin, starts, child] = ['claude', 'starts', 'child'].map((name) => join(folder, name)) as [string, string, string]
  writeFileSync(starts, '')
  const write = (body: string) => writeFileSync(bin, `#!/bin/sh\necho >> '${starts}'\n${body.replaceAll('CHILD', child)}\n`, { mode: 0o755 })
  write(script)
  return { bin, write, starts: () => readFileSync(starts, 'utf8').length, child: () => Number(readFileSync(child, 'utf8')) }
}

/** Holds the pipe beyond its own end. */
const grandchild = 'sleep 600 &\necho $! > CHILD'

test('many who ask at once share one look; it is kept, longer when it is good, and made anew when the file is another', async () => {
  const clock = manualClock()
  const script = cli('echo 1.2.3')
  const known = createKnownClaude({ bin: script.bin, environment, clock })
  expect(known.known()).toBeNull()
  const answers = await Promise.all(Array.from({ length: 40 }, () => known.describe()))
  expect(new Set(answers.map((each) => JSON.stringify(each)))).toEqual(new Set([JSON.stringify({ found: true, version: '1.2.3', credentials: 'key' })]))
  clock.advance(59_000)
  await known.describe()
  expect(script.starts()).toBe(1)
  clock.advance(2_000)
  expect(known.known()?.version).toBe('1.2.3')
  await eventually('it looked again', () => script.starts() === 2)
  script.write('exit 1')
  utimesSync(script.bin, 5, 5)
  await eventually('the new file was asked', () => known.known()?.found === false)
  const ill = script.starts()
  clock.advance(14_000)
  known.known()
  expect(script.starts()).toBe(ill)
  clock.advance(2_000)
  known.known()
  await eventually('what is ill is looked at sooner', () => script.starts() === ill + 1)
})

test('one that hangs is waited for by nobody longer than a moment, counts as found, and is ended with all that it has started', async () => {
  const clock = manualClock()
  const script = cli(`${grandchild}\nwait`)
  const known = createKnownClaude({ bin: script.bin, environment, clock })
  const first = known.describe()
  await eventually('it has started', () => script.starts() === 1)
  clock.advance(1_000)
  const unknown = { found: true, version: null, credentials: 'key' as const }
  expect(await first).toEqual(unknown)
  expect(await known.describe()).toEqual(unknown)
  expect(known.known()).toBeNull()
  await eventually('it has a child', () => script.child() > 0)
  clock.advance(20_000)
  await eventually('it counts as missing', () => known.known()?.found === false)
  await eventually('its child has gone', async () => !(await isAlive(script.child())))
  expect(script.starts()).toBe(1)
})

test('what it leaves behind with its pipe does not hold up its answer', async () => {
  const clock = manualClock()
  const script = cli(`${grandchild}\necho 1.2.3`)
  const answer = versionOf(script.bin, environment, clock)
  await eventually('it is waited for a little longer', () => clock.pending() === 2)
  clock.advance(500)
  expect(await answer).toBe('1.2.3')
  await eventually('its child has gone', async () => !(await isAlive(script.child())))
  expect(clock.pending()).toBe(0)
})

test('O1 a relay whose CLI hangs answers `/me` and `/readyz` within two seconds, and starts it once for all who ask', async () => {
  const script = cli(`${grandchild}\nyes 0`)
  const relay = await startRelay({ settings: { CLAUDE_BIN: script.bin } })
  try {
    const headers = { authorization: `Bearer ${await relay.token('ada', 'admin')}` }
    const began = performance.now()
    const answers = await Promise.all(['/readyz', ...Array.from({ length: 40 }, () => '/api/v1/me')].map(async (path) => {
      const answer = await fetch(relay.url + path, { headers })
      return { status: answer.status, body: (await answer.json()) as { relay?: { claude: object }; warnings?: { code: string }[] } }
    }))
    expect(performance.now() - began).toBeLessThan(2_000)
    expect(answers[0]).toMatchObject({ status: 200, body: { status: 'ready', warnings: [{ code: 'claude_unknown' }] } })
    expect(answers.at(-1)).toMatchObject({ status: 200, body: { relay: { claude: { found: true, version: null } } } })
    expect(script.starts()).toBe(1)
  } finally {
    await relay.stop()
  }
  expect(await isAlive(script.child())).toBeFalse()
})
