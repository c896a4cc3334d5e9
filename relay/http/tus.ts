// tus 1.0 over uploads (https://tus.io/protocols/resumable-upload): core, creation, creation-with-upload, expiration, termination.
import { entityId, optionalId, Refused, type UploadState } from '#protocol'
import * as z from 'zod/mini'
import type { Identity } from '../auth/auth.ts'
import type { Uploads } from '../uploads/uploads.ts'
import { arriving, fit } from './read-body.ts'
import { digestIn, reprDigest } from './repr-digest.ts'
import { route, type Route } from './route.ts'

const path = '/api/v1/files/tus'
const version = '1.0.0'
const extensions = 'creation,creation-with-upload,expiration,termination'
const always = { 'tus-resumable': version }
const bytesType = 'application/offset+octet-stream'
/** What comes along as a whole is sent again as a whole: so much at most is lost with a connection. */
const wholeBytes = 1024 * 1024

const metadata = z.object({
  file_id: optionalId,
  filename: z.string().check(z.minLength(1), z.maxLength(4_096)),
  filetype: z._default(z.string().check(z.maxLength(255)), ''),
  session_id: optionalId,
  folder: z._default(z.string().check(z.maxLength(8_192)), ''),
})

/** A whole number of bytes. null: the header is absent. */
function bytesIn(headers: Headers, name: string): number | null {
  const text = headers.get(name)
  if (text === null) return null
  if (!/^\d{1,16}$/.test(text) || !Number.isSafeInteger(Number(text))) throw new Refused('VALIDATION', `${name}: a whole number of bytes`)
  return Number(text)
}

/** `Upload-Metadata`: pairs of a key and a value in base64, such as `filename 67O06rOg7IScLnBkZg==`. */
function readMetadata(header: string): Record<string, string> {
  const pairs = header.split(',').map((pair) => /^([\x21-\x2b\x2d-\x7e]+)(?: ([A-Za-z0-9+/]*={0,2}))?$/.exec(pair.trim()))
  if (pairs.some((pair) => pair === null)) throw new Refused('VALIDATION', 'upload-metadata: pairs of a key and a value in base64')
  const read = pairs.map((pair) => [pair![1]!, textOf(pair![2] ?? '')] as const)
  if (new Set(read.map(([key]) => key)).size < read.length) throw new Refused('VALIDATION', 'upload-metadata: a key comes twice')
  return Object.fromEntries(read)
}

function textOf(base64: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(base64, 'base64'))
  } catch {
    throw new Refused('VALIDATION', 'upload-metadata: a value that is not UTF-8')
  }
}

/** When it is forgotten; of a whole one what it is, so that whoever sent it can compare (RFC 9530). */
const fate = ({ expires_at, sha256 }: UploadState): Record<string, string> => ({
  ...(expires_at !== null && { 'upload-expires': new Date(expires_at).toUTCString() }),
  ...(sha256 !== undefined && { 'repr-digest': reprDigest(sha256) }),
})
const idOf = (id: string) => entityId.safeParse(id).success ? id : refuseId()
const refuseId = (): never => {
  throw new Refused('NOT_FOUND', 'no such upload')
}

export function tusRoutes({ uploads }: { uploads: Uploads }): Route[] {
  /** What the protocol prescribes goes before what we would say. */
  const speaking = async ({ request }: { request: Request }, answer: () => Promise<Response>): Promise<Response> =>
    request.headers.get('tus-resumable') === version ? answer() : new Response(null, { status: 412, headers: { 'tus-version': version } })
  const about = { reads: ['Tus-Resumable'], also: { 412: { says: 'Tus-Resumable is not a version that the relay speaks; Tus-Version says which it does.', holds: 'nothing' } } } as const
  const common = { access: 'user', scope: 'files', always } as const

  const appended = ({ who, request }: { who: Identity; request: Request }, id: string, offset: number): Promise<UploadState> =>
    uploads.append(who, id, offset, request.body ? arriving(request.body) : [], { sha256: digestIn(request.headers), length: bytesIn(request.headers, 'content-length') })

  return [
    route({
      method: 'OPTIONS',
      path,
      access: 'open',
      always,
      status: 204,
      about: { operationId: 'getUploadAbilities', tells: ['Tus-Version', 'Tus-Extension', 'Tus-Max-Size'] },
      summary: 'What of tus 1.0 the relay speaks, and the largest file it takes.',
      handle: () => new Response(null, { status: 204, headers: { 'tus-version': version, 'tus-extension': extensions, 'tus-max-size': String(uploads.maxBytes) } }),
    }),
    route({
      ...common,
      method: 'POST',
      path,
      direct: 'upload',
      status: 201,
      summary: 'Begins an upload (tus 1.0); Location is where its bytes go.',
      about: {
        ...about,
        operationId: 'beginUpload',
        takes: bytesType,
        reads: [...about.reads, 'Upload-Length', 'Upload-Metadata', 'Repr-Digest'],
        tells: ['Location', 'Upload-Offset', 'Upload-Expires', 'Repr-Digest'],
        description: 'Upload-Metadata holds `filename`, and may hold `filetype`, `file_id`, `session_id` and `folder`. The same `file_id` with the same description is the same upload. First bytes may come along, as `application/offset+octet-stream`.',
        refuses: ['TOO_LARGE', 'GONE', 'UNSUPPORTED_TYPE', 'NOT_FOUND'],
      },
      handle: (call) => speaking(call, async () => {
        const { headers } = call.request
        if (headers.has('upload-defer-length')) throw new Refused('VALIDATION', 'upload-defer-length: the length must be known when it begins')
        if (headers.has('upload-concat')) throw new Refused('VALIDATION', 'upload-concat: one upload is one file')
        const size = bytesIn(headers, 'upload-length')
        if (size === null) throw new Refused('VALIDATION', 'upload-length: missing')
        const { filetype, ...described } = fit(metadata, readMetadata(headers.get('upload-metadata') ?? ''), 'upload-metadata')
        const body = headers.get('content-type') === bytesType ? call.request.body : null
        const isWhole = body !== null && size <= wholeBytes && bytesIn(headers, 'content-length') === size
        const begun = await uploads.begin(call.asked, { ...described, content_type: filetype, size }, isWhole ? { content: arriving(body), sha256: digestIn(headers) } : null)
        // One that has come further already goes on from there; these bytes are old ones.
        const state = body !== null && begun.offset === 0 && !begun.done ? await appended(call, begun.file_id, 0) : begun
        return new Response(null, { status: 201, headers: { location: `${path}/${state.file_id}`, 'upload-offset': String(state.offset), ...fate(state) } })
      }),
    }),
    route({
      ...common,
      method: 'HEAD',
      path: `${path}/:id`,
      direct: 'piece',
      summary: 'How many bytes of an upload are on the relay’s disk (tus 1.0).',
      about: { ...about, operationId: 'getUploadOffset', tells: ['Upload-Offset', 'Upload-Length', 'Upload-Expires', 'Repr-Digest'], refuses: ['GONE', 'CONFLICT', 'TOO_LARGE'] },
      handle: (call) => speaking(call, async () => {
        const state = await uploads.state(call.who, idOf(call.params.id))
        return new Response(null, { headers: { 'upload-offset': String(state.offset), 'upload-length': String(state.size), 'cache-control': 'no-store', ...fate(state) } })
      }),
    }),
    route({
      ...common,
      method: 'PATCH',
      path: `${path}/:id`,
      direct: 'piece',
      status: 204,
      summary: 'Appends bytes to an upload at its offset (tus 1.0).',
      about: {
        ...about,
        operationId: 'appendToUpload',
        takes: bytesType,
        reads: [...about.reads, 'Upload-Offset', 'Repr-Digest'],
        tells: ['Upload-Offset', 'Upload-Expires', 'Repr-Digest'],
        description: 'Repr-Digest (RFC 9530) with `sha-256` of the whole is checked before it becomes a file; the answer to the last bytes carries the one that the relay has read. A newer request takes over from an older one.',
        refuses: ['TOO_LARGE', 'GONE', 'UNSUPPORTED_TYPE'],
      },
      handle: (call) => speaking(call, async () => {
        const { headers } = call.request
        if (headers.get('content-type') !== bytesType) throw new Refused('UNSUPPORTED_TYPE', `bytes are sent as ${bytesType}`)
        const offset = bytesIn(headers, 'upload-offset')
        if (offset === null) throw new Refused('VALIDATION', 'upload-offset: missing')
        const state = await appended(call, idOf(call.params.id), offset)
        return new Response(null, { status: 204, headers: { 'upload-offset': String(state.offset), ...fate(state) } })
      }),
    }),
    route({
      ...common,
      method: 'DELETE',
      path: `${path}/:id`,
      direct: 'upload',
      status: 204,
      summary: 'Gives an upload up (tus 1.0).',
      about: { ...about, operationId: 'abandonUpload', refuses: ['GONE'] },
      handle: (call) => speaking(call, async () => {
        await uploads.abandon(call.asked, idOf(call.params.id))
        return new Response(null, { status: 204 })
      }),
    }),
  ]
}
