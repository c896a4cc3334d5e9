// The HTTP door on a real server, database and auth, with a few routes of the test's own; raw sockets for what fetch cannot send.
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { GlobalRole } from '#protocol'
import { createAnswers } from '../../../relay/answers/answers.ts'
import { createAuth } from '../../../relay/auth/auth.ts'
import { newSecret } from '../../../relay/auth/secret.ts'
import { systemClock } from '../../../relay/clock.ts'
import type { GateSettings } from '../../../relay/http/gate.ts'
import { authRoutes } from '../../../relay/http/auth.ts'
import { createHttp, type Route } from '../../../relay/http/http.ts'
import { docsRoutes } from '../../../relay/http/docs.ts'
import { operationRoutes } from '../../../relay/http/operation.ts'
import { peopleRoutes } from '../../../relay/http/people.ts'
import { socketRoutes } from '../../../relay/http/sockets.ts'
import { createWebApp } from '../../../relay/http/web-app.ts'
import { cheapHash } from '../../support/cheap-hash.ts'
import { createAnswerCheck } from '../../support/check-answers.ts'
import { createMetrics } from '../../../relay/observability/metrics.ts'
import { createRateLimits } from '../../../relay/rate-limits.ts'
import { createReadiness } from '../../../relay/operation/readiness.ts'
import { tempStorage } from '../storage/temp-storage.ts'
import { secret } from '../auth/auth-rig.ts'

export type HttpRig = Awaited<ReturnType<typeof httpRig>>

export async function httpRig(options: { routes?: Route[]; gate?: Partial<GateSettings>; build?: Record<string, string | Uint8Array>; draining?: boolean; messagesPerSecond?: number } = {}) {
  const temp = tempStorage()
  const storage = await temp.open()
  const clock = systemClock
  const auth = createAuth({ storage, clock, log: temp.log, secret, issuer: 'ensemble', audience: 'ensemble', signInsPerMinute: 5, newId: randomUUID, newSecret, hashCost: cheapHash })
  const folder = mkdtempSync(join(tmpdir(), 'ensemble-dist-'))
  for (const [name, content] of Object.entries(options.build ?? {})) await Bun.write(join(folder, name), content)

  const claude = { known: () => ({ found: true, version: '1.0.0', credentials: 'key' as const }) }
  const readiness = createReadiness({ clock, storage, claude, eventLoop: { maxLagMs: () => 0 }, freeBytes: async () => 0, reserveBytes: 1024 * 1024, blobs: { look: async () => undefined } })
  if (options.draining) readiness.drain()
  const services = {
    auth,
    clock,
    cookieName: () => 'ensemble_test',
    metrics: createMetrics(),
    version: '0.0.0',
    epoch: storage.epoch,
    operation: {
      readiness,
      metrics: async () => services.metrics.text(),
      stats: () => Promise.reject(new Error('not in this rig')),
      sessions: () => Promise.reject(new Error('not in this rig')),
      stopProcess: () => Promise.reject(new Error('not in this rig')),
    },
    relayFacts: () => ({
      version: '0.0.0',
      protocol: 1,
      epoch: storage.epoch,
      host_name: 'here',
      demo: false,
      sandbox: 'off' as const,
      allow_bypass: false,
      claude: { found: false, credentials: 'none' as const },
      default_workspace_id: 'w-default',
    }),
  }
  const routes: Route[] = [...authRoutes(services), ...peopleRoutes(services), ...operationRoutes(services), ...docsRoutes(services, () => routes), ...socketRoutes(), ...(options.routes ?? [])]
  const upgrades: unknown[] = []
  const patience: number[] = []
  const check = createAnswerCheck(() => routes)
  const http = createHttp({
    answered: check.answered,
    charge: options.messagesPerSecond ? createRateLimits({ rates: { promptsPerSecond: 10, signsPerSecond: 60, othersPerSecond: options.messagesPerSecond, uploadsPerSecond: 200 }, clock }).charge : () => ({ verdict: 'go' }),
    routes,
    auth,
    answers: createAnswers({ storage, clock }),
    gate: { host: '127.0.0.1', publicUrl: null, tls: false, trustedProxies: [], allowedOrigins: [], ...options.gate },
    port: () => server.port!,
    webApp: createWebApp({ folder }),
    async upgrade(request, bun: Bun.Server<undefined>, from) {
      upgrades.push(from)
      bun.upgrade(request, { data: undefined })
      return undefined
    },
    clock,
    log: temp.log,
    newId: randomUUID,
  })
  const server: Bun.Server<undefined> = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    development: false,
    fetch(request, self) {
      const timeout = (asked: Request, seconds: number) => {
        patience.push(seconds)
        self.timeout(asked, seconds)
      }
      const requestIP = (asked: Request) => self.requestIP(asked)
      return http.fetch(request, { timeout, requestIP, upgrade: self.upgrade.bind(self) } as typeof self)
    },
    error: http.error,
    websocket: { message() {} },
  })
  const url = `http://127.0.0.1:${server.port}`

  async function token(name: string, role: GlobalRole = 'user'): Promise<string> {
    const user = (await auth.accounts.find(name)) ?? (await auth.accounts.add({ name, role }))
    return auth.accounts.createToken(user.id, { ttlMs: 3_600_000 })
  }

  return {
    url,
    port: server.port!,
    auth,
    storage,
    http,
    folder,
    logged: temp.logged,
    upgrades,
    /** How quiet connections were allowed to be from then on, in seconds, one after the other. */
    patience,
    token,
    fetch: (path: string, init: RequestInit & { token?: string } = {}) =>
      fetch(url + path, { redirect: 'manual', ...init, headers: { ...(init.token ? { authorization: `Bearer ${init.token}` } : {}), ...(init.headers as Record<string, string>) } }),
    raw: (bytes: string | Uint8Array) => raw(server.port!, bytes),
    async stop() {
      await server.stop(true)
      auth.stop()
      await temp.remove()
      rmSync(folder, { recursive: true, force: true })
      await check.settle()
    },
  }
}

/** What comes back for bytes that no HTTP client would send; resolves when the relay closes or has answered. */
export function raw(port: number, bytes: string | Uint8Array): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1')
    let text = ''
    const done = () => {
      clearTimeout(patience)
      socket.destroy()
      resolve({ status: Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0), text })
    }
    const patience = setTimeout(() => reject(new Error(`no answer to ${JSON.stringify(String(bytes).slice(0, 200))}`)), 5_000)
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1')
      const [head = '', body] = text.split('\r\n\r\n')
      const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0)
      if (body !== undefined && body.length >= length) done()
    })
    socket.on('close', done)
    socket.on('error', () => undefined)
    socket.write(bytes)
  })
}
