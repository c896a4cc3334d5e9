// A model that Claude refuses, in time and too late: nobody goes on with it.
import { expect, test } from 'bun:test'
import { createChosenSettings } from '../../../relay/executions/chosen-settings.ts'
import type { Dependencies } from '../../../relay/executions/dependencies.ts'
import type { Rooms } from '../../../relay/executions/rooms.ts'
import type { SessionRun } from '../../../relay/executions/session-run.ts'
import { createTrackedWork } from '../../../relay/executions/tracked-work.ts'
import { createLog } from '../../../relay/observability/log.ts'
import { manualClock } from '../../support/manual-clock.ts'

/** A session whose Claude answers when it is told to, and whose row is `row`. */
function createCase() {
  const clock = manualClock()
  const row: { model: string | null } = { model: 'old' }
  const given: (string | null)[] = []
  const logged: string[] = []
  const answer = Promise.withResolvers<void>()
  const link = {
    state: 'ready',
    setModel(model: string | null) {
      given.push(model)
      return model === 'old' ? Promise.resolve() : answer.promise
    },
  }
  const run = {
    sessionId: 's',
    link,
    lane: (work: (state: unknown) => Promise<unknown>) => work({}),
    keep: async (draft: { events: { data: { text?: string } }[] }, _next: object, change: typeof row) => {
      logged.push(...draft.events.map(({ data }) => data.text ?? ''))
      Object.assign(row, change)
    },
    ...createTrackedWork(() => undefined),
  } as unknown as SessionRun
  const sessions = { get: async () => row } as unknown as Dependencies['sessions']
  const log = createLog(() => undefined, clock)
  const settings = createChosenSettings({ clock, log, sessions }, { known: () => ({ run }) } as unknown as Rooms)
  /** As a patch does it: tried for longer than anybody waits, then written to the row. */
  async function choose(model: string): Promise<void> {
    const trying = settings.tryModel('s', model)
    while (clock.pending() === 0) await Promise.resolve()
    clock.advance(5_000)
    await trying
    row.model = model
  }
  return { settings, row, given, logged, answer, link, run, choose }
}

test('a model that Claude refuses in time is VALIDATION, and told back', async () => {
  const { settings, given, answer } = createCase()
  answer.reject(new Error('no such model'))
  await expect(settings.tryModel('s', 'new')).rejects.toMatchObject({ code: 'VALIDATION' })
  expect(given).toEqual(['new', 'old'])
})

test('refused after people have stopped waiting, it leaves the row and the process again, and the timeline says so', async () => {
  const { row, given, logged, answer, run, choose } = createCase()
  await choose('new')
  answer.reject(new Error('no such model'))
  await answer.promise.catch(() => undefined)
  await run.settled()
  expect(row.model).toBe('old')
  expect(given).toEqual(['new', 'old'])
  expect(logged).toEqual(['Claude does not take the model new: the one before holds again.'])
})

test('neither a process that has gone nor a choice made since is touched by a late refusal', async () => {
  const gone = createCase()
  await gone.choose('new')
  gone.link.state = 'cold'
  const newer = createCase()
  await newer.choose('new')
  newer.row.model = 'newer'
  for (const { answer, run } of [gone, newer]) {
    answer.reject(new Error('gone'))
    await answer.promise.catch(() => undefined)
    await run.settled()
  }
  expect([gone.row.model, newer.row.model]).toEqual(['new', 'newer'])
  expect([...gone.logged, ...newer.logged]).toEqual([])
})
