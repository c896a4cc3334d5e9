// How long people wait for a process that does not name its commands: once, unless the folder is trusted meanwhile.
import { expect, test } from 'bun:test'
import { createComposer } from '../../../relay/executions/compose-prompt.ts'
import type { Dependencies } from '../../../relay/executions/dependencies.ts'
import type { SessionRun } from '../../../relay/executions/session-run.ts'
import type { Identity } from '../../../relay/auth/auth.ts'
import { manualClock } from '../../support/manual-clock.ts'

const ada = { userId: 'ada', name: 'Ada' } as Identity
const settle = () => new Promise<void>((done) => setImmediate(done))

/** A composer over a process that says its commands when `names` is called, and never by itself. */
function silent() {
  const clock = manualClock()
  const place = { trusted: false }
  const named = Promise.withResolvers<void>()
  let commands: { name: string; builtin?: boolean }[] | undefined
  const at = {
    clock,
    sessions: { get: async () => null },
    workspaces: { standard: async () => ({ id: 'w', path: '/code' }), isTrusted: async () => place.trusted },
    claude: { commandsIn: () => commands, commandsKnown: () => named.promise },
  } as unknown as Dependencies
  const run = { sessionId: 's', link: { prewarm: () => undefined } } as unknown as SessionRun
  const composer = createComposer(at, run)
  const check = (content: string) => composer.check(ada, content).then(() => 'passed', ({ code }: { code: string }) => code)
  const names = (...all: string[]) => {
    commands = all.map((name) => ({ name }))
    named.resolve()
  }
  return { clock, place, check, names }
}

test('several unknown commands, at once and after it, are refused within one wait', async () => {
  const { clock, check } = silent()
  const together = [check('/first'), check('/second')]
  await settle()
  expect(clock.pending()).toBe(1)
  clock.advance(1_500)
  expect(await Promise.all(together)).toEqual(['VALIDATION', 'VALIDATION'])
  expect(await check('/third')).toBe('VALIDATION')
  expect(clock.pending()).toBe(0)
})

test('what is named within the wait passes', async () => {
  const { check, names } = silent()
  const asked = check('/ours')
  await settle()
  names('ours')
  expect(await asked).toBe('passed')
})

test('a folder that is trusted after the wait is waited for anew', async () => {
  const { clock, place, check, names } = silent()
  const before = check('/ours')
  await settle()
  clock.advance(1_500)
  expect(await before).toBe('VALIDATION')
  place.trusted = true
  const after = check('/ours')
  await settle()
  expect(clock.pending()).toBe(1)
  names('ours')
  expect(await after).toBe('passed')
})
