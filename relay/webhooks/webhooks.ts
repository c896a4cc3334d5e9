// DOOR of webhooks: signed requests that tell receivers how executions ended; kept, tried for a day, never to private addresses unless allowed.
import { Refused, rest, type DeliveriesPage, type DeliveriesQuery, type WebhookDelivery, type WebhookEvent, type WebhookSpec } from '#protocol'
import type { Asked } from '../answers/answers.ts'
import { refuseOutOfScope, type Auth, type Identity } from '../auth/auth.ts'
import type { Clock } from '../clock.ts'
import type { Log } from '../observability/log.ts'
import type { Metrics } from '../observability/metrics.ts'
import { createCursor, type Statement, type Storage } from '../storage/storage.ts'
import { createDeliverer } from './deliverer.ts'
import { bodyOf, countWaiting, dropDelivery, forgetSettled, insertDelivery, makeDue, readDeliveries, readWanted, readEnded, startAnew, stopTrying } from './delivery-rows.ts'
import { createSealedSecrets } from './sealed-secrets.ts'
import { createSend, type SenderDependencies } from './send.ts'
import { createTargets } from './targets.ts'

export type Webhooks = ReturnType<typeof createWebhooks>

/** For the commit of the execution. `secret`: what signs, when it was made here; it is shown this once. */
export type Accepted = { statements: Statement[]; secret: string | null }

export type WebhooksDependencies = {
  storage: Storage
  auth: Pick<Auth, 'audit' | 'may' | 'mayRelay' | 'mayRead'>
  clock: Clock
  log: Log
  metrics?: Pick<Metrics, 'add'>
  newId: () => string
  /** 32 random bytes as text. */
  newSecret: () => string
  /** 32 bytes of the relay's own secret: what receivers share with it lies sealed. */
  secretKey: Uint8Array
  /** 0 to 1, for the jitter. */
  random: () => number
  /** WEBHOOK_ALLOW_PRIVATE. */
  allowPrivate: readonly string[]
  version: string
} & Pick<SenderDependencies, 'resolve' | 'authorities'>

const sweepMs = 60_000
const forgetMs = 3_600_000
const keptMs = 30 * 24 * 3_600_000
const shortestSecret = 16

const pageEnd = createCursor('webhook-deliveries', 'number', 'text')

const notFound = () => new Refused('NOT_FOUND', 'not found')
const unfit = (why: string) => new Refused('VALIDATION', `webhook: ${why}`)

export function createWebhooks(dependencies: WebhooksDependencies) {
  const { storage, auth, clock, log, metrics, newId, newSecret, secretKey, random, allowPrivate, version, resolve, authorities } = dependencies
  const targets = createTargets(allowPrivate)
  const send = createSend({ resolve, targets, clock, authorities })
  const secrets = createSealedSecrets(secretKey)
  const deliverer = createDeliverer({ storage, secrets, mayRead: auth.mayRead, send, clock, log, metrics, random, version })

  // A rate needs the zero it began with.
  for (const outcome of ['delivered', 'failed', 'stopped']) metrics?.add('ensemble_webhook_deliveries_total', 0, { outcome })

  function readUrl(text: string): URL {
    const url = URL.parse(text)
    if (url === null) throw unfit('url is no address')
    const why = targets.whyNotUrl(url)
    if (why !== null) throw unfit(`url cannot be used: ${why}`)
    return url
  }

  function readEvents(names: readonly string[] | null | undefined): WebhookEvent[] {
    if (!names || names.length === 0) return [...rest.WEBHOOK_EVENTS]
    const unknown = names.find((name) => !rest.webhookEvent.safeParse(name).success)
    if (unknown !== undefined) throw unfit(`there is no event "${unknown.slice(0, 64)}"; there are ${rest.WEBHOOK_EVENTS.join(', ')}`)
    return rest.WEBHOOK_EVENTS.filter((name) => names.includes(name))
  }

  /** What has ended is due from here on, in one commit each. Null: whatever has. */
  async function settle(executionId: string | null): Promise<void> {
    const rows = await readEnded(storage, executionId)
    // Most executions have no webhook.
    if (rows.length === 0 && executionId !== null) return
    for (const row of rows) {
      const now = clock.now()
      const body = bodyOf(row, now)
      // Perhaps its work goes on, and somebody wants to hear of that end.
      if (body === null && row.asks === 1) continue
      // Refused: settled by another call meanwhile.
      await storage.commit({ statements: [body === null ? dropDelivery(row.id) : makeDue(row.id, { type: body.type, text: JSON.stringify(body) }, now)] })
    }
    deliverer.wake()
  }

  let isStopped = false
  function settleSoon(executionId: string | null): void {
    // What ends with the relay is told by the next one.
    settle(executionId).catch((error: unknown) => isStopped || log.warn('webhooks.not_settled', { error }))
  }

  // What nobody told us of, because the relay ended in that moment or the commit failed, is found here.
  const sweeping = clock.every(() => settleSoon(null), sweepMs)
  const forgetting = clock.every(() => {
    storage.commit({ statements: [forgetSettled(clock.now() - keptMs)] }).catch((error: unknown) => log.warn('webhooks.not_forgotten', { error }))
  }, forgetMs)

  /** To strangers there is none. */
  const mayLook = (who: Identity, { session_id, user_id }: Pick<WebhookDelivery, 'session_id' | 'user_id'>) => auth.may(who, 'webhook', session_id, { own: user_id === who.userId })

  async function mayLookAt(who: Identity, executionId: string): Promise<void> {
    const [row] = await storage.query<{ session_id: string; user_id: string }>('SELECT session_id, user_id FROM executions WHERE id = ?', [executionId])
    if (!row) throw notFound()
    await mayLook(who, row)
  }

  /** Throws VALIDATION for what can never be delivered; what a name leads to is seen when it is sent. */
  function read({ url, secret, events }: WebhookSpec) {
    if (secret && secret.length < shortestSecret) throw unfit(`secret has at least ${shortestSecret} characters`)
    return { url: readUrl(url), given: secret || null, events: readEvents(events) }
  }

  type Move = (id: string, now: number) => Statement

  async function change(asked: Asked, id: string, action: 'webhook.retry' | 'webhook.stop', move: Move, whyNot: (row: WebhookDelivery) => string): Promise<object> {
    const [row] = await readDeliveries(storage, asked.who.userId, { id }, 1)
    if (!row) throw notFound()
    await mayLook(asked.who, row)
    const statements = [move(id, clock.now()), auth.audit(asked.who, action, { execution_id: row.execution_id, delivery_id: id, receiver: new URL(row.url).host }, row.session_id)]
    const { answer, committed } = asked.answering({})
    const result = await storage.commit({ statements, answer })
    if (result.outcome === 'refused') throw new Refused('CONFLICT', whyNot(row))
    if (result.outcome === 'committed' && action === 'webhook.stop') metrics?.add('ensemble_webhook_deliveries_total', 1, { outcome: 'stopped' })
    committed(result)
    deliverer.wake()
    return {}
  }

  return {
    check: (spec: WebhookSpec): void => void read(spec),
    /** Throws as `check`. */
    accept(spec: WebhookSpec, { executionId, sessionId }: { executionId: string; sessionId: string }, who: Identity): Accepted {
      const { url, given, events } = read(spec)
      const secret = given ?? `whsec_${newSecret()}`
      const id = newId()
      const delivery = { id, executionId, userId: who.userId, url: url.href, receiver: url.host, secret: secrets.seal(secret, id), events, now: clock.now() }
      return {
        statements: [insertDelivery(delivery), auth.audit(who, 'webhook.add', { execution_id: executionId, delivery_id: delivery.id, receiver: url.host }, sessionId)],
        secret: given === null ? secret : null,
      }
    },
    /** For the commit in which the work of one execution goes on in another: whoever was to hear of its end hears of that one's as well. */
    async goOn(from: string, to: string): Promise<Statement[]> {
      const rows = await readWanted(storage, from)
      return rows.map(({ id: was, user_id: userId, url, receiver, secret, events }) => {
        const id = newId()
        const opened = secrets.open(secret, was)
        // What cannot be opened cannot be signed: that is told when it is to be sent.
        const sealed = opened === null ? secret : secrets.seal(opened, id)
        return insertDelivery({ id, executionId: to, userId, url, receiver, secret: sealed, events: JSON.parse(events) as WebhookEvent[], now: clock.now() })
      })
    },
    /** An execution has ended, and that is committed. Never fails. */
    ended: (executionId: string): void => settleSoon(executionId),
    async list(who: Identity, { execution_id, state, limit, cursor }: DeliveriesQuery): Promise<DeliveriesPage> {
      if (execution_id) await mayLookAt(who, execution_id)
      else {
        await auth.mayRelay(who, 'see_stats')
        // More than figures: of which session, to whom, and what was answered.
        refuseOutOfScope(who, 'admin')
      }
      const most = limit ?? 50
      const [at, id] = pageEnd.read(cursor) ?? []
      const rows = await readDeliveries(storage, who.userId, { executionId: execution_id, state, before: at !== undefined && id !== undefined ? { at, id } : null }, most + 1)
      const last = rows[most - 1]
      return { deliveries: rows.slice(0, most), next: rows.length > most ? pageEnd.write(last!.created_at, last!.delivery_id) : null }
    },
    /** How many are to be sent, now or later. */
    waiting: (): Promise<number> => countWaiting(storage),
    /** At once, and with all attempts before it again. CONFLICT while it is on its way, its execution runs, or nothing had come of it when it was stopped. */
    retry: (asked: Asked, id: string) => change(asked, id, 'webhook.retry', startAnew, ({ state }) => (state === 'waiting' ? 'the execution has not ended' : state === 'stopped' ? 'it was stopped before the execution ended' : 'it is on its way')),
    /** Nothing more is sent of it. CONFLICT when it is over. */
    stopTrying: (asked: Asked, id: string) => change(asked, id, 'webhook.stop', stopTrying, () => 'it is over'),
    /** Before listening, and after executions have settled what the last run left. */
    boot: (): Promise<void> => settle(null),
    async stop(): Promise<void> {
      isStopped = true
      sweeping.cancel()
      forgetting.cancel()
      await deliverer.stop()
    },
  }
}
