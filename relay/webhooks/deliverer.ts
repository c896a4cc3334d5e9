// Sends what is due: many at once, few of one user and few to one receiver, and what an attempt came to is kept before the next one.
import type { Clock, Timer } from '../clock.ts'
import type { Log } from '../observability/log.ts'
import type { Metrics } from '../observability/metrics.ts'
import type { Storage } from '../storage/storage.ts'
import { noteAttempt, readDue, readNext, stopForRights, type Due, type Tried } from './delivery-rows.ts'
import type { SealedSecrets } from './sealed-secrets.ts'
import { waitAfter } from './schedule.ts'
import type { Attempt, Send } from './send.ts'
import { signatureOf } from './signature.ts'

export type Deliverer = {
  /** Something may be due now. */
  wake(): void
  /** Nothing new is sent. What is on its way has a moment to come back; otherwise it goes out again at the next start. */
  stop(): Promise<void>
}

/** `mayRead`: asked before each attempt of whoever wanted it. */
type DelivererDependencies = { storage: Storage; mayRead(userId: string, sessionId: string): Promise<boolean>; secrets: Pick<SealedSecrets, 'open'>; send: Send; clock: Clock; log: Log; metrics?: Pick<Metrics, 'add'>; random: () => number; version: string }

const mostAtOnce = 16
/** With those of users who had none on their way: receivers that hang must not keep the others out. */
const mostOfAll = 64
const mostOfOneUser = 4
const mostToOneHost = 4
const mostToOne = 2
/** All ports of a host are one host. */
const hostOf = (receiver: string) => receiver.replace(/:\d+$/, '')
/** Nothing is slept longer than this: the clock of a machine can be set. */
const longestSleepMs = 60_000
const afterTroubleMs = 5_000
const lastMomentMs = 1_000

export function createDeliverer({ storage, secrets, mayRead, send, clock, log, metrics, random, version }: DelivererDependencies): Deliverer {
  const running = new Map<string, { user: string; host: string; receiver: string; done: Promise<void> }>()
  let timer: Timer | null = null
  let isStopped = false
  let isLooking = false
  let lookAgain = false

  function sleep(ms: number): void {
    timer?.cancel()
    if (!isStopped) timer = clock.setTimer(wake, ms)
  }

  function wake(): void {
    lookAgain = true
    if (isLooking || isStopped) return
    isLooking = true
    look()
      .catch((error: unknown) => {
        if (isStopped) return
        log.warn('webhooks.not_read', { error })
        sleep(afterTroubleMs)
      })
      .finally(() => {
        isLooking = false
        if (lookAgain) wake()
      })
  }

  /** Of whom, or where to, so many are on their way already. */
  function busy(by: 'user' | 'host' | 'receiver', most: number): string[] {
    const counts = new Map<string, number>()
    for (const each of running.values()) counts.set(each[by], (counts.get(each[by]) ?? 0) + 1)
    return [...counts].flatMap(([one, count]) => (count >= most ? [one] : []))
  }

  /** Who has the fewest on their way comes first: whoever asks for many delays only themselves. */
  async function readNextDue(): Promise<Due | null> {
    const without = { ids: [...running.keys()], hosts: busy('host', mostToOneHost), receivers: busy('receiver', mostToOne) }
    for (let most = 1; most <= mostOfOneUser && running.size < (most === 1 ? mostOfAll : mostAtOnce); most++) {
      const [due] = await readDue(storage, clock.now(), { ...without, users: busy('user', most) }, 1)
      if (due) return due
    }
    return null
  }

  async function look(): Promise<void> {
    while (lookAgain && !isStopped) {
      lookAgain = false
      // One by one: each that goes out may make its receiver a busy one.
      while (!isStopped) {
        const due = await readNextDue()
        if (!due) break
        if (!(await mayRead(due.user_id, due.session_id))) {
          const { outcome } = await storage.commit({ statements: [stopForRights(due.id, clock.now())] })
          if (outcome === 'committed') metrics?.add('ensemble_webhook_deliveries_total', 1, { outcome: 'stopped' })
          log.warn('webhooks.stopped', { delivery_id: due.id, receiver: due.receiver, problem: 'rights' })
          continue
        }
        running.set(due.id, { user: due.user_id, host: hostOf(due.receiver), receiver: due.receiver, done: deliver(due).finally(() => void running.delete(due.id)).finally(wake) })
      }
    }
    const next = await readNext(storage, clock.now())
    sleep(Math.min(longestSleepMs, next === null ? longestSleepMs : Math.max(0, next - clock.now())))
  }

  async function deliver(due: Due): Promise<void> {
    const began = clock.now()
    const attempt = await attemptOf(due, began)
    const tried = judge(due, attempt, began)
    const { state, problem, status } = tried
    log[state === 'delivered' ? 'info' : 'warn']('webhooks.tried', { delivery_id: due.id, receiver: due.receiver, state, problem, status, attempt: due.attempts + 1, ms: tried.ms })
    metrics?.add('ensemble_webhook_attempts_total', 1, { outcome: problem ?? 'ok' })
    const isKept = await keep(due, tried)
    if (isKept && state !== 'pending') metrics?.add('ensemble_webhook_deliveries_total', 1, { outcome: state })
  }

  async function attemptOf(due: Due, began: number): Promise<Attempt> {
    const secret = secrets.open(due.secret, due.id)
    // Unsigned, or signed with something else, it would be worth nothing to the receiver.
    if (secret === null) return { outcome: 'unanswered', problem: 'secret', detail: 'sealed under another secret of the relay' }
    const headers = {
      'content-type': 'application/json',
      'user-agent': `Ensemble/${version}`,
      'ensemble-event-id': due.id,
      'ensemble-event': due.type,
      'ensemble-attempt': String(due.attempts + 1),
      'ensemble-signature': signatureOf(secret, due.body, began),
    }
    return send({ url: due.url, headers, body: due.body })
  }

  function judge(due: Due, attempt: Attempt, began: number): Tried {
    const at = clock.now()
    const common = { at, ms: at - began }
    if (attempt.outcome === 'answered') {
      const { status, answer } = attempt
      if (status >= 200 && status < 300) return { ...common, state: 'delivered', nextAt: null, status, problem: null, answer }
      // Gone: the receiver says that it is none any more.
      const wait = status === 410 ? null : waitAfter(due.attempts + 1, attempt.retryAfterMs, random)
      return { ...common, state: wait === null ? 'failed' : 'pending', nextAt: wait === null ? null : at + wait, status, problem: 'status', answer }
    }
    // What may not be sent there may not be sent there later: whoever allows it tries it again by hand.
    const wait = attempt.problem === 'address' || attempt.problem === 'secret' ? null : waitAfter(due.attempts + 1, null, random)
    return { ...common, state: wait === null ? 'failed' : 'pending', nextAt: wait === null ? null : at + wait, status: null, problem: attempt.problem, answer: attempt.detail }
  }

  /** Until it is kept: what was sent and not noted would be sent again at once. False: it is not ours any more. */
  async function keep(due: Due, tried: Tried): Promise<boolean> {
    for (;;) {
      try {
        // Refused: it was stopped meanwhile, or the session erased and the delivery with it.
        return (await storage.commit({ statements: [noteAttempt(due, tried)] })).outcome === 'committed'
      } catch (error) {
        if (isStopped) return false
        log.warn('webhooks.not_kept', { delivery_id: due.id, error })
        await new Promise<void>((resolve) => void clock.setTimer(resolve, afterTroubleMs))
      }
    }
  }

  return {
    wake,
    async stop() {
      isStopped = true
      timer?.cancel()
      const patience = Promise.withResolvers<void>()
      const waiting = clock.setTimer(patience.resolve, lastMomentMs)
      await Promise.race([patience.promise, Promise.all([...running.values()].map(({ done }) => done))])
      waiting.cancel()
    },
  }
}
