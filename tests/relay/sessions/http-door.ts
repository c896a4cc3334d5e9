// The rig behind a real server and the real HTTP door, with the rows of these resources.
import { randomUUID } from 'node:crypto'
import type { GlobalRole } from '#protocol'
import { fileRoutes } from '../../../relay/http/files.ts'
import { createHttp } from '../../../relay/http/http.ts'
import { sessionRoutes } from '../../../relay/http/sessions.ts'
import { createWebApp } from '../../../relay/http/web-app.ts'
import { tusRoutes } from '../../../relay/http/tus.ts'
import { workspaceRoutes } from '../../../relay/http/workspaces.ts'
import type { SessionsRig } from './sessions-rig.ts'

export type Door = ReturnType<typeof openDoor>

export function openDoor(rig: SessionsRig) {
  const { auth, answers, sessions, workspaces, files, uploads, clock } = rig
  const http = createHttp<Bun.Server<undefined>>({
    charge: () => ({ verdict: 'go' }),
    routes: [...sessionRoutes({ sessions }), ...workspaceRoutes({ workspaces }), ...fileRoutes({ files, uploads, auth }), ...tusRoutes({ uploads })],
    auth,
    answers,
    gate: { host: '127.0.0.1', publicUrl: null, tls: false, trustedProxies: [], allowedOrigins: [] },
    port: () => server.port!,
    webApp: createWebApp({ folder: rig.temp.folder }),
    upgrade: async () => undefined,
    clock,
    log: rig.temp.log,
    newId: randomUUID,
  })
  const server: Bun.Server<undefined> = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    development: false,
    maxRequestBodySize: 1024 * 1024 * 1024,
    // No route here upgrades, so that there is always a response.
    fetch: async (request, self) => (await http.fetch(request, self))!,
    error: http.error,
  })
  const url = `http://127.0.0.1:${server.port}/api/v1`

  async function token(name: string, role: GlobalRole = 'user'): Promise<string> {
    const user = (await auth.accounts.find(name)) ?? (await auth.accounts.add({ name, role }))
    return auth.accounts.createToken(user.id, { ttlMs: 3_600_000 })
  }

  type Sent = { token?: string; json?: unknown; body?: BodyInit; headers?: Record<string, string>; method?: string }
  const send = (path: string, { token: bearer, json, body, headers, method }: Sent = {}) =>
    fetch(url + path, {
      method: method ?? (json === undefined && body === undefined ? 'GET' : 'POST'),
      body: json === undefined ? body : JSON.stringify(json),
      headers: {
        ...(bearer ? { authorization: `Bearer ${bearer}` } : {}),
        ...(json === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
    })

  return {
    url,
    port: server.port!,
    token,
    send,
    /** Status and parsed body. */
    async json(path: string, sent: Sent = {}): Promise<{ status: number; body: any }> {
      const response = await send(path, sent)
      return { status: response.status, body: await response.json() }
    },
    stop: () => server.stop(true),
  }
}
