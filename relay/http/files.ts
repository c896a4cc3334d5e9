// Files over HTTP: a form that streams to the disk, and the content back, whole or in ranges, never as a page of ours.
import { entityId, optionalId, paging, Refused, rest } from '#protocol'
import * as z from 'zod/mini'
import type { Auth, Identity } from '../auth/auth.ts'
import type { FileRecord, Files } from '../files/files.ts'
import type { Received, Uploads } from '../uploads/uploads.ts'
import type { About } from './openapi/about.ts'
import { byteRange } from './byte-range.ts'
import { attachmentNamed } from './content-disposition.ts'
import { boundaryOf, readMultipart, textOfPart } from './multipart.ts'
import { reprDigest } from './repr-digest.ts'
import { route, type ReceivedBody, type Route } from './route.ts'

/** Headers and fields around the file itself. */
const formBytes = 256 * 1024

const uploadQuery = z.object({ session_id: optionalId })
const listQuery = z.object({
  session_id: optionalId,
  ...paging(500),
})

function sessionIdOf(text: string): string | null {
  if (text === '') return null
  if (!entityId.safeParse(text).success) throw new Refused('VALIDATION', 'session_id: not an id')
  return text
}

/** Takes the file as it comes; a `session_id` may stand before it, after it, or in the query. */
async function receiveForm(uploads: Uploads, who: Identity, request: Request, fromQuery: string | null, maxBytes: number): Promise<ReceivedBody> {
  if (!request.body) throw new Refused('VALIDATION', 'the form is empty')
  let sessionId = fromQuery
  let file: { received: Received; filename: string; content_type: string } | null = null
  try {
    for await (const part of readMultipart(request.body, boundaryOf(request.headers.get('content-type') ?? ''), maxBytes)) {
      if (part.name === 'session_id') sessionId = sessionIdOf((await textOfPart(part)).trim())
      if (part.name !== 'file') continue
      if (file) throw new Refused('VALIDATION', 'one file at a time')
      await uploads.mayUpload(who, sessionId)
      const filename = part.filename ?? ''
      file = { received: await uploads.receive(who, sessionId, part.content, filename), filename, content_type: part.contentType }
    }
    if (!file) throw new Refused('VALIDATION', 'file: missing')
  } catch (problem) {
    if (file) await uploads.discard(file.received)
    throw problem
  }
  const { received, ...form } = file
  const about = { ...form, session_id: sessionId }
  return {
    same: { ...about, size: received.size, sha256: received.sha256 },
    keep: (asked) => uploads.keep(asked, received, about),
    discard: () => uploads.discard(received),
  }
}

/** What the description of the API says of content. */
const asUploaded: About = {
  description: 'As it was uploaded, of the content type that was said of it. No browser opens it as a page of the relay’s.',
  content: ['*/*'],
  also: {
    206: { says: 'The part that was asked for.', holds: 'the same' },
    304: { says: 'It is what you have.', holds: 'nothing' },
    416: { says: 'It has no such part.', holds: 'nothing' },
  },
  reads: ['Range', 'If-Range', 'If-None-Match'],
  tells: ['ETag', 'Repr-Digest', 'Content-Disposition', 'Content-Range', 'Accept-Ranges'],
}

/** Browsers must neither guess what it is nor let it run: RFC 6266 name, sandbox, nosniff. */
async function contentOf(files: Files, file: FileRecord, request: Request): Promise<Response> {
  const etag = `"${file.sha256.slice(0, 32)}"`
  const headers: Record<string, string> = {
    'content-type': file.contentType,
    'content-disposition': attachmentNamed(file.filename),
    'content-security-policy': 'sandbox',
    'x-content-type-options': 'nosniff',
    'accept-ranges': 'bytes',
    'cache-control': 'private, no-cache',
    // The address may be a ticket.
    'referrer-policy': 'no-referrer',
    etag,
    'repr-digest': reprDigest(file.sha256),
  }
  const known = request.headers.get('if-none-match')?.split(',').map((each) => each.trim().replace(/^W\//, ''))
  if (known?.includes(etag)) return new Response(null, { status: 304, headers })
  const range = rangeOf(request, etag, file.size)
  if (range === 'unsatisfiable') {
    return new Response(null, { status: 416, headers: { ...headers, 'content-range': `bytes */${file.size}` } })
  }
  if (range !== 'whole') headers['content-range'] = `bytes ${range.from}-${range.to}/${file.size}`
  const [from, to] = range === 'whole' ? [0, file.size] : [range.from, range.to + 1]
  const content = await files.content(file, from, to)
  // A stream does not say how long it is.
  return new Response(content, { status: range === 'whole' ? 200 : 206, headers: { ...headers, 'content-length': String(to - from) } })
}

/** Which part is asked for. `etag`: of what there is now; a part of something else is of no use. */
function rangeOf(request: Request, etag: string, size: number): ReturnType<typeof byteRange> {
  const condition = request.headers.get('if-range')
  return condition !== null && condition !== etag ? 'whole' : byteRange(request.headers.get('range'), size)
}

/** Made while it is read. Bun sends a stream in chunks and drops the length; the end of what was cut off is missing all the same. */
function packed({ filename, bytes, tag, isAsOrdered, content }: Awaited<ReturnType<Files['archives']['open']>>, request: Request, streamed: (pieces: AsyncGenerator<Uint8Array>) => ReadableStream<Uint8Array>): Response {
  const etag = `"${tag}"`
  const headers: Record<string, string> = {
    'content-type': 'application/zip',
    'content-disposition': attachmentNamed(filename),
    'content-length': String(bytes),
    'x-content-type-options': 'nosniff',
    'accept-ranges': 'bytes',
    'cache-control': 'private, no-store',
    'referrer-policy': 'no-referrer',
    etag,
  }
  // Whoever goes on without saying with what may have the beginning of another one.
  const range = isAsOrdered ? rangeOf(request, etag, bytes) : 'whole'
  if (range === 'unsatisfiable') return new Response(null, { status: 416, headers: { ...headers, 'content-length': '0', 'content-range': `bytes */${bytes}` } })
  if (request.method === 'HEAD') return new Response(null, { headers })
  if (range === 'whole') return new Response(streamed(content()), { headers })
  const { from, to } = range
  return new Response(streamed(content(from, to + 1)), { status: 206, headers: { ...headers, 'content-length': String(to + 1 - from), 'content-range': `bytes ${from}-${to}/${bytes}` } })
}

export function fileRoutes({ files, uploads, auth }: { files: Files; uploads: Uploads; auth: Pick<Auth, 'tickets'> }): Route[] {
  const maxBytes = uploads.maxBytes + formBytes
  return [
    route({
      method: 'POST',
      path: '/api/v1/files/upload',
      access: 'user',
      scope: 'files',
      summary: 'Uploads one file: a form with `file` and, optionally, `session_id`.',
      query: uploadQuery,
      rawBody: {
        contentTypes: ['multipart/form-data'],
        receive: ({ who, request, query }) => receiveForm(uploads, who!, request, (query as z.infer<typeof uploadQuery>).session_id || null, maxBytes),
      },
      maxBodyBytes: maxBytes,
      answer: rest.uploaded,
      about: {
        form: {
          type: 'object',
          properties: { file: { type: 'string', contentMediaType: 'application/octet-stream', description: 'The file itself, with its name and content type.' }, session_id: { type: 'string', description: 'The session it goes into; it may as well stand in the query.' } },
          required: ['file'],
        },
      },
      handle: ({ asked, received }) => received!.keep(asked),
    }),
    route({
      method: 'GET',
      path: '/api/v1/files',
      access: 'user',
      scope: 'files',
      summary: 'Files of a session, or your own that are in none, newest first.',
      query: listQuery,
      answer: rest.filesPage,
      handle: ({ who, query }) => files.list(who, { sessionId: query.session_id || null, limit: query.limit, cursor: query.cursor }),
    }),
    route({
      method: 'GET',
      path: '/api/v1/files/:id',
      access: 'user',
      scope: 'files',
      summary: 'The content of a file; understands Range.',
      about: asUploaded,
      handle: async ({ who, params, request }) => contentOf(files, await files.read(who, params.id), request),
    }),
    route({
      method: 'POST',
      path: '/api/v1/files/:id/ticket',
      access: 'user',
      scope: 'files',
      summary: 'An address of the content that opens by itself, for a day.',
      about: { operationId: 'createFileTicket', description: 'For whatever fetches addresses and sends no headers, such as a browser’s own download. It gives what you may at each use: it ends with your sign-in, your right to the file, and the file. Whoever has it has the content: it is a secret.' },
      keepsNoAnswer: true,
      answer: rest.fileTicket,
      async handle({ who, params, origin }) {
        const { id } = await files.read(who, params.id)
        const { ticket, expiresAt } = await auth.tickets.make(who, id)
        return { url: `${origin}/api/v1/files/${encodeURIComponent(id)}/download?ticket=${ticket}`, expires_at: expiresAt }
      },
    }),
    route({
      method: 'GET',
      path: '/api/v1/files/:id/download',
      access: 'user',
      scope: 'files',
      byTicket: true,
      summary: 'The content of a file, by ticket; understands Range.',
      about: { ...asUploaded, operationId: 'downloadFile' },
      handle: async ({ who, params, request }) => contentOf(files, await files.read(who, params.id), request),
    }),
    route({
      method: 'POST',
      path: '/api/v1/files/archives',
      access: 'user',
      scope: 'files',
      summary: 'An address of files of a session in one ZIP file, that opens by itself, for a day.',
      body: rest.archiveBody,
      about: { operationId: 'createFileArchive', description: 'All files of the session, those in a folder, or the ones named; in it they lie as they were brought. The address is as those of single files: a secret, with what you may at each use.' },
      keepsNoAnswer: true,
      answer: rest.archive,
      async handle({ who, body, origin, inTurn }) {
        const { id, until, filename, bytes, files: count } = await inTurn(() => files.archives.order(who, { sessionId: body.session_id, folder: body.folder, fileIds: body.file_ids }))
        const { ticket, expiresAt } = await auth.tickets.make(who, id, until)
        return { url: `${origin}/api/v1/files/archives/${encodeURIComponent(id)}?ticket=${ticket}`, expires_at: expiresAt, filename, size: bytes, files: count }
      },
    }),
    route({
      method: 'GET',
      path: '/api/v1/files/archives/:id',
      access: 'user',
      scope: 'files',
      byTicket: true,
      summary: 'Files of a session in one ZIP file, by ticket; understands Range.',
      about: {
        operationId: 'downloadFileArchive',
        description: 'Packed while it is read, so it begins at once. It can be gone on with as long as all files are there that were when its address was asked for; else it comes whole.',
        content: ['application/zip'],
        also: { 206: asUploaded.also![206]!, 416: asUploaded.also![416]! },
        reads: ['Range', 'If-Range'],
        tells: ['ETag', 'Content-Disposition', 'Content-Range', 'Accept-Ranges'],
      },
      handle: async ({ who, params, request, inTurn, streamed }) => packed(await inTurn(() => files.archives.open(who, params.id)), request, streamed),
    }),
    route({
      method: 'POST',
      path: '/api/v1/files/:id/share',
      access: 'user',
      scope: 'files',
      summary: 'Gives a file to another session, where it is a file of its own.',
      body: rest.shareBody,
      answer: rest.shared,
      handle: ({ asked, params, body }) => files.share(asked, params.id, body.target_session_id),
    }),
    route({
      method: 'DELETE',
      path: '/api/v1/files/:id',
      access: 'user',
      scope: 'files',
      summary: 'Deletes a file.',
      answer: rest.ok,
      handle: ({ asked, params }) => files.remove(asked, params.id),
    }),
  ]
}
