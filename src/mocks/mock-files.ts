// Files of the mocked relay: taken by tus, kept as long as the page, given back whole or in part.
import { ERRORS, type ErrorCode } from '#protocol'
import type { Clock } from '../clock.ts'
import type { MockLog } from './mock-log.ts'

type Kept = { id: string; filename: string; content_type: string; folder: string; size: number; parts: Blob[]; offset: number }

const path = /^\/api\/v1\/files(?:\/(tus))?(?:\/([^/]+))?(?:\/(download|ticket))?$/
/** As long as a link of some 8 MB/s takes: one sees the bar move. */
const BYTES_PER_MS = 8_000
const TUS = { 'tus-resumable': '1.0.0', 'cache-control': 'no-store' }

export function createMockFiles({ log, clock }: { log: MockLog; clock: Clock }) {
  const { viewer } = log
  const kept = new Map<string, Kept>()
  const base = () => ({ session_id: log.session().session_id, user_id: viewer.id, username: viewer.name })

  const refuse = (code: ErrorCode) => Response.json({ code, message: 'the page without a relay', trace_id: 'mock', timestamp: clock.now() }, { status: ERRORS[code].status })
  const pause = (ms: number) => new Promise<void>((resolve) => void clock.setTimer(resolve, ms))
  const tell = (type: string, data: object) => log.tell({ type, channel: log.channels.session, seq: 0, data: { ...base(), ...data }, timestamp: clock.now() })

  function finish(file: Kept): void {
    const { id, filename, content_type, folder, size } = file
    tell('file_uploaded', { file_id: id, filename, content_type, folder, size, created_at: clock.now() })
  }

  async function grow(file: Kept, bytes: Blob): Promise<void> {
    await pause(bytes.size / BYTES_PER_MS)
    file.parts.push(bytes)
    file.offset += bytes.size
    if (file.offset === file.size) finish(file)
  }

  async function append(file: Kept, request: Request): Promise<Response> {
    if (Number(request.headers.get('upload-offset')) !== file.offset) return refuse('CONFLICT')
    await grow(file, await request.blob())
    return new Response(null, { status: 204, headers: { ...TUS, 'upload-offset': String(file.offset) } })
  }

  async function tus(request: Request, id: string | undefined): Promise<Response> {
    if (request.method === 'POST') {
      const said = Object.fromEntries((request.headers.get('upload-metadata') ?? '').split(',').map((pair) => pair.trim().split(' ') as [string, string?])) as Record<string, string | undefined>
      const read = (name: string) => new TextDecoder().decode(Uint8Array.from(atob(said[name] ?? ''), (each) => each.charCodeAt(0)))
      const file: Kept = { id: read('file_id'), filename: read('filename'), content_type: read('filetype') || 'application/octet-stream', folder: read('folder'), size: Number(request.headers.get('upload-length')), parts: [], offset: 0 }
      kept.set(file.id, file)
      // A small file comes along.
      await grow(file, await request.blob())
      return new Response(null, { status: 201, headers: { ...TUS, location: `/api/v1/files/tus/${file.id}`, 'upload-offset': String(file.offset) } })
    }
    const file = kept.get(id ?? '')
    if (!file) return refuse('NOT_FOUND')
    if (request.method === 'PATCH') return append(file, request)
    if (request.method === 'HEAD') return new Response(null, { headers: { ...TUS, 'upload-offset': String(file.offset), 'upload-length': String(file.size) } })
    // One that is whole is a file, and deleted as one.
    if (file.offset === file.size) return refuse('NOT_FOUND')
    kept.delete(file.id)
    return new Response(null, { status: 204, headers: TUS })
  }

  function content(file: Kept, request: Request): Response {
    const whole = new Blob(file.parts, { type: file.content_type })
    const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.get('range') ?? '') ?? []
    const headers = { 'content-type': file.content_type, 'content-disposition': `attachment; filename*=UTF-8''${encodeURIComponent(file.filename)}`, 'accept-ranges': 'bytes' }
    if (from === undefined) return new Response(whole, { headers })
    if (Number(from) >= file.size) return new Response(null, { status: 416, headers })
    const last = Math.min(to ? Number(to) : Infinity, file.size - 1)
    return new Response(whole.slice(Number(from), last + 1), { status: 206, headers: { ...headers, 'content-range': `bytes ${from}-${last}/${file.size}` } })
  }

  /** As with single files, what the address leads to is the browser's own affair, which no page answers. */
  async function archive(request: Request): Promise<Response> {
    const { folder, file_ids: ids } = (await request.json()) as { folder?: string; file_ids?: string[] }
    const inside = [...kept.values()].filter((file) => (!ids || ids.includes(file.id)) && (!folder || `${file.folder}/`.startsWith(`${folder}/`)))
    if (inside.length === 0) return refuse('NOT_FOUND')
    const size = inside.reduce((sum, each) => sum + each.size, 0)
    return Response.json({ url: '/api/v1/files/archives/mock?ticket=mock', expires_at: clock.now() + 300_000, filename: `${folder ?? 'files'}.zip`, size, files: inside.length })
  }

  /** null: this is no question about a file that was handed in here. */
  return async function answer(request: Request): Promise<Response | null> {
    const { pathname } = new URL(request.url)
    const [, isTus, id, part] = path.exec(pathname) ?? []
    if (isTus) return tus(request, id)
    if (id === 'archives' && request.method === 'POST') return archive(request)
    const file = kept.get(id ?? '')
    if (!file) return null
    if (part === 'ticket') return Response.json({ url: `/api/v1/files/${file.id}/download?ticket=mock`, expires_at: clock.now() + 300_000 })
    if (request.method === 'GET') return content(file, request)
    if (request.method !== 'DELETE') return null
    kept.delete(file.id)
    tell('file_deleted', { file_id: file.id })
    return Response.json({})
  }
}
