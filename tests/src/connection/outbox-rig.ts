// An outbox as a tab has it, on its own IndexedDB, and the relay's side of the promise.
import 'fake-indexeddb/auto'
import type { ClaudeMessage } from '#protocol'
import { createOutbox, type Outbox } from '../../../src/connection/outbox.ts'
import type { OutboxStore } from '../../../src/connection/outbox-store.ts'
import { done, failed, trouble, type Outcome, type TroubleCode } from '../../../src/connection/outcome.ts'
import type { Ask } from '../../../src/connection/requests.ts'
import { createLocalLocks, type Locks, type Voice } from '../../../src/connection/tabs.ts'
import { createFakeClock, type FakeClock } from './fake-clock.ts'

let databases = 0
export const newDatabase = () => `outbox-test-${++databases}`
/** IndexedDB answers from tasks, not from microtasks: waits for a fact. */
export async function until(fact: () => boolean, what: string): Promise<void> {
  for (let turn = 0; turn < 2_000; turn++) {
    if (fact()) return
    await new Promise((resolve) => setTimeout(resolve, 0))
  }
  throw new Error(`never happened: ${what}`)
}

type Sent = { id: string; type: string; data: unknown; from: string }

/** The relay's side of the promise: remembers ids and their answers, judges by a rule of the test. */
export function createJudge() {
  const sent: Sent[] = []
  const effects: string[] = []
  const remembered = new Map<string, Outcome<unknown>>()
  const held: (() => void)[] = []
  let rule: (sent: Sent, times: number) => Outcome<unknown> | 'hold' | 'lost' = () => done({})
  const times = new Map<string, number>()
  const ask =
    (from: string): Ask =>
    ({ type, data, id }, onAnswer) => {
      const message: Sent = { id: id!, type, data, from }
      sent.push(message)
      times.set(id!, (times.get(id!) ?? 0) + 1)
      const known = remembered.get(id!)
      if (known) return onAnswer(known)
      const verdict = rule(message, times.get(id!)!)
      const finish = (outcome: Outcome<unknown>) => {
        if (outcome.ok || outcome.trouble.retryAfterMs === null) {
          remembered.set(id!, outcome)
          if (outcome.ok) effects.push(id!)
        }
        onAnswer(outcome)
      }
      if (verdict === 'hold') held.push(() => finish(done({})))
      // Done, but the answer is lost with the link.
      else if (verdict === 'lost') finishSilently(message)
      else if (!verdict.ok && verdict.trouble.code === 'UNREACHABLE') onAnswer(verdict)
      else finish(verdict)
      function finishSilently({ id }: Sent) {
        remembered.set(id, done({}))
        effects.push(id)
        onAnswer(failed(trouble('UNREACHABLE', 'the link broke')))
      }
    }
  return { sent, effects, ask, setRule: (next: typeof rule) => void (rule = next), release: () => held.splice(0).forEach((go) => go()) }
}

export const refusal = (code: TroubleCode, retryAfterMs: number | null = null): Outcome<never> => failed({ ...trouble(code, code), retryAfterMs })
export const prompt = (content: string, session = 's1'): ClaudeMessage => ({ session_id: session, content })

type Tab = { outbox: Outbox; changes: () => number }
export function openTab(store: OutboxStore, options: { clock?: FakeClock; locks?: Locks; voice?: Voice | null; name?: string; user?: () => string | null } = {}): Tab {
  let ids = 0
  let changes = 0
  const outbox = createOutbox({
    store,
    locks: options.locks ?? createLocalLocks(),
    voice: options.voice ?? null,
    clock: options.clock ?? createFakeClock(),
    random: () => 0.5,
    newId: () => `${options.name ?? 'a'}${++ids}`,
    userId: options.user ?? (() => 'u1'),
    onChange: () => void changes++,
    report: (problem) => {
      throw new Error(problem)
    },
  })
  return { outbox, changes: () => changes }
}

export const open: Outbox[] = []
/** For afterEach: the links of what a test opened go down. */
export const stopAll = () => open.splice(0).forEach((each) => each.linkDown())
