// Webhooks on a real database and a clock that stands still, with a session, people in it, and executions that end when told to.
import { randomUUID } from 'node:crypto'
import { rest, type GlobalRole, type WebhookSpec } from '#protocol'
import type { Asked } from '../../../relay/answers/answers.ts'
import type { Identity } from '../../../relay/auth/auth.ts'
import { createLog } from '../../../relay/observability/log.ts'
import { createMetrics } from '../../../relay/observability/metrics.ts'
import { createWebhooks, type WebhooksDependencies } from '../../../relay/webhooks/webhooks.ts'
import { authRig } from '../auth/auth-rig.ts'

export type WebhooksRig = Awaited<ReturnType<typeof webhooksRig>>

export async function webhooksRig(options: Partial<Pick<WebhooksDependencies, 'allowPrivate' | 'resolve' | 'random'>> = {}) {
  const { auth, storage, clock, person, remove } = await authRig()
  const logged: Record<string, unknown>[] = []
  const log = createLog((line) => void logged.push(JSON.parse(line) as Record<string, unknown>), clock)
  const metrics = createMetrics()
  const owner = (await person('owner')).who
  const run = async (sql: string, ...params: (string | number | null)[]) => {
    const { outcome } = await storage.commit({ statements: [{ sql, params }] })
    if (outcome !== 'committed') throw new Error(outcome)
  }
  await run("INSERT INTO workspaces (id, path, name, is_default, created_at) VALUES ('w', '/w', 'w', 1, 0)")
  await run("INSERT INTO sessions (id, workspace_id, title, title_source, owner_id, visibility, state, permission_mode, created_at, updated_at) VALUES ('s', 'w', 't', 'prompt', ?, 'private', 'idle', 'default', 0, 0)", owner.userId)
  const join = (who: Identity, role: string) => run("INSERT INTO participants (session_id, user_id, role, hue, joined_at) VALUES ('s', ?, ?, 0, 0)", who.userId, role)
  await join(owner, 'owner')

  let keyByte = 1
  const open = () =>
    createWebhooks({
      storage,
      auth,
      clock,
      log,
      metrics,
      newId: randomUUID,
      newSecret: () => 'made'.repeat(8),
      secretKey: Buffer.alloc(32, keyByte),
      random: () => 1,
      allowPrivate: ['true'],
      version: '1.2.3',
      resolve: async () => ['127.0.0.1'],
      ...options,
    })
  let webhooks = open()

  return {
    storage,
    clock,
    logged,
    metrics,
    owner,
    run,
    get webhooks() {
      return webhooks
    },
    /** As after a crash: the same rows, another process. */
    async restart({ otherSecret = false } = {}): Promise<void> {
      if (otherSecret) keyByte += 1
      await webhooks.stop()
      webhooks = open()
    },
    async person(name: string, role: GlobalRole = 'user', standing: string | null = null): Promise<Identity> {
      const { who } = await person(name, role)
      if (standing !== null) await join(who, standing)
      return who
    },
    /** A running execution with a webhook, in one commit. */
    async execute(spec: WebhookSpec, who = owner): Promise<{ id: string; secret: string | null }> {
      const id = randomUUID()
      const { statements, secret } = webhooks.accept(spec, { executionId: id, sessionId: 's' }, who)
      const execution = {
        sql: "INSERT INTO executions (id, session_id, message_id, user_id, username, origin, status, created_at, started_at) VALUES (?, 's', 'm-1', ?, ?, 'prompt', 'running', ?, ?)",
        params: [id, who.userId, who.name, clock.now(), clock.now()],
      }
      const { outcome } = await storage.commit({ statements: [...statements, execution] })
      if (outcome !== 'committed') throw new Error(outcome)
      return { id, secret }
    },
    /** Its end is committed; nobody is told. */
    finish: (id: string, status = 'completed', error: object | null = null) => run('UPDATE executions SET status = ?, ended_at = ?, error = ? WHERE id = ?', status, clock.now(), error && JSON.stringify(error), id),
    async end(id: string, status = 'completed', error: object | null = null): Promise<void> {
      await this.finish(id, status, error)
      webhooks.ended(id)
    },
    async delivery(executionId: string) {
      const { deliveries } = rest.deliveriesPage.parse(await webhooks.list(owner, { execution_id: executionId }))
      return deliveries[0]!
    },
    asked: (who: Identity): Asked => ({ who, answering: () => ({ committed: () => undefined }) }),
    async stop(): Promise<void> {
      await webhooks.stop()
      await remove()
    },
  }
}
