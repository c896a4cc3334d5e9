// A real tus server on a folder of its own, in the place of the relay: what it was asked, and faults that a test sets.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FileStore } from '@tus/file-store'
import { Server } from '@tus/server'

export type Asked = { method: string; id: string | null; bytes: number; headers: Headers }
/** An answer in the place of the server's, or null to let it through. */
type Fault = (asked: Asked) => Response | null

export type SmallTus = ReturnType<typeof createSmallTus>

export function createSmallTus() {
  const folder = mkdtempSync(join(tmpdir(), 'ensemble-tus-'))
  const tus = new Server({
    path: '/api/v1/files/tus',
    datastore: new FileStore({ directory: folder }),
    namingFunction: (_request, metadata) => metadata?.['file_id'] ?? '',
    generateUrl: (_request, { path, id }) => `${path}/${id}`,
  })
  const asked: Asked[] = []
  const removed: string[] = []
  let fault: Fault = () => null
  let held: Promise<void> = Promise.resolve()
  let said: (digest: string) => string = (digest) => digest

  const server = Bun.serve({
    port: 0,
    idleTimeout: 0,
    maxRequestBodySize: 1024 ** 3,
    async fetch(request) {
      const { pathname } = new URL(request.url)
      const id = /^\/api\/v1\/files\/tus\/(.+)$/.exec(pathname)?.[1] ?? null
      const whole = /^\/api\/v1\/files\/([^/]+)$/.exec(pathname)?.[1]
      if (request.method === 'DELETE' && whole && whole !== 'tus') {
        removed.push(whole)
        return Response.json({})
      }
      const body = request.body ? await request.arrayBuffer() : null
      const said = /file_id (\S+?)(,|$)/.exec(request.headers.get('upload-metadata') ?? '')?.[1]
      const each: Asked = { method: request.method, id: id ?? (said ? Buffer.from(said, 'base64').toString() : null), bytes: body?.byteLength ?? 0, headers: request.headers }
      asked.push(each)
      if (each.bytes > 0) await held
      return fault(each) ?? withDigest(each.id, await tus.handleWeb(new Request(request.url, { method: request.method, headers: request.headers, body })))
    },
  })

  /** What it has read of a whole one stands with its last answer, as the relay says it (U6). */
  async function withDigest(id: string | null, answer: Response): Promise<Response> {
    const about = Bun.file(join(folder, `${id}.json`))
    if (id === null || !answer.ok || !(await about.exists())) return answer
    const bytes = await Bun.file(join(folder, id)).bytes()
    if (bytes.length !== ((await about.json()) as { size: number }).size) return answer
    const digest = new Bun.CryptoHasher('sha256').update(bytes).digest('base64')
    return new Response(answer.body, { status: answer.status, headers: [...answer.headers, ['repr-digest', `sha-256=:${said(digest)}:`]] })
  }

  return {
    origin: `http://127.0.0.1:${server.port}`,
    asked,
    /** Whole files that were deleted. */
    removed,
    count: (method: string, id?: string) => asked.filter((each) => each.method === method && (id === undefined || each.id === id)).length,
    /** Requests with content; a small file comes with the one that makes its upload. */
    pieces: (id?: string) => asked.filter((each) => each.bytes > 0 && (id === undefined || each.id === id)).length,
    /** Of content, however often it came. */
    bytes: () => asked.reduce((sum, each) => sum + each.bytes, 0),
    /** What it says that it has read. */
    say: (next: (digest: string) => string) => void (said = next),
    fail: (next: Fault | null) => void (fault = next ?? (() => null)),
    /** Holds all content until the returned function is called. */
    hold(): () => void {
      const { promise, resolve } = Promise.withResolvers<void>()
      held = promise
      return () => {
        held = Promise.resolve()
        resolve()
      }
    },
    content: (id: string) => Bun.file(join(folder, id)).bytes(),
    exists: (id: string) => Bun.file(join(folder, id)).exists(),
    async stop(): Promise<void> {
      await server.stop(true)
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
