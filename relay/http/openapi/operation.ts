// One route as the description of the API shows it: what it takes, what it answers, what it may refuse.
import { KEPT } from '#protocol'
import type { Route } from '../route.ts'
import type { AskedHeader, ToldHeader } from './about.ts'
import { EXAMPLES } from './examples.ts'
import { pathMeanings, PATHS } from './meanings/paths.ts'
import { operationIdOf } from './operation-id.ts'
import { refusalsOf } from './refusals.ts'
import type { JsonSchema } from './json-schema.ts'
import type { describeSchemas } from './schemas.ts'
import { securityOf } from './security.ts'
import { chapterOf } from './tags.ts'

type Schemas = ReturnType<typeof describeSchemas>

export const HEADERS: Record<ToldHeader | 'X-Trace-Id' | 'Retry-After', object> = {
  'X-Trace-Id': { description: 'Names this request in the relay’s log.', schema: { type: 'string' } },
  'Retry-After': { description: 'Seconds to wait before the next try.', schema: { type: 'integer', minimum: 1 } },
  ETag: { description: 'Stands for exactly this content.', schema: { type: 'string' } },
  'Content-Disposition': { description: 'The name of the file.', schema: { type: 'string' } },
  'Content-Range': { description: 'Which bytes of how many.', schema: { type: 'string' } },
  'Accept-Ranges': { description: 'Parts of it can be asked for.', schema: { const: 'bytes' } },
  Location: { description: 'Where it goes on.', schema: { type: 'string' } },
  'Upload-Length': { description: 'How many bytes it has in all.', schema: { type: 'integer', minimum: 0 } },
  'Upload-Offset': { description: 'How many bytes are on the relay’s disk.', schema: { type: 'integer', minimum: 0 } },
  'Upload-Expires': { description: 'When it is forgotten if nothing more comes (RFC 9110).', schema: { type: 'string' } },
  'Repr-Digest': { description: 'SHA-256 of the whole as the relay has read it, once all of it is there (RFC 9530): `sha-256=:<base64>:`.', schema: { type: 'string' } },
  'Tus-Version': { description: 'The versions of tus that are spoken here.', schema: { type: 'string' } },
  'Tus-Extension': { description: 'Its extensions that are spoken here.', schema: { type: 'string' } },
  'Tus-Max-Size': { description: 'The largest file, in bytes.', schema: { type: 'integer' } },
  'Set-Cookie': { description: 'The half of a sign-in that only the relay reads (C8).', schema: { type: 'string' } },
}

const text = (maxLength?: number) => ({ type: 'string', minLength: 1, ...(maxLength && { maxLength }) })
export const PARAMETERS: Record<AskedHeader | 'Idempotency-Key', object> = {
  'Idempotency-Key': { name: 'Idempotency-Key', in: 'header', required: false, schema: text(128), description: 'The same key with the same request within 7 days: done once, answered again. WebSocket messages share the table by their `id`.' },
  Range: { name: 'Range', in: 'header', required: false, schema: text(), description: 'A part of it: `bytes=0-1023`.' },
  'If-None-Match': { name: 'If-None-Match', in: 'header', required: false, schema: text(), description: 'The ETag of what one has already.' },
  'If-Range': { name: 'If-Range', in: 'header', required: false, schema: text(), description: 'The ETag for which the Range is meant; of anything else comes all of it.' },
  'Tus-Resumable': { name: 'Tus-Resumable', in: 'header', required: true, schema: { const: '1.0.0' }, description: 'The version of tus.' },
  'Upload-Length': { name: 'Upload-Length', in: 'header', required: true, schema: { type: 'integer', minimum: 0 }, description: 'How many bytes it will have.' },
  'Upload-Offset': { name: 'Upload-Offset', in: 'header', required: true, schema: { type: 'integer', minimum: 0 }, description: 'Where these bytes go: where it ends so far.' },
  'Upload-Metadata': { name: 'Upload-Metadata', in: 'header', required: true, schema: text(), description: 'Pairs of a key and a value in base64, with commas between: `filename YS50eHQ=`.' },
  'Repr-Digest': { name: 'Repr-Digest', in: 'header', required: false, schema: text(), description: 'SHA-256 of the whole (RFC 9530): `sha-256=:<base64>:`.' },
  'Last-Event-ID': { name: 'Last-Event-ID', in: 'header', required: false, schema: text(), description: 'The `id` of the last event one has: what came after it follows.' },
}
const ref = (kind: 'headers' | 'parameters', name: string) => ({ $ref: `#/components/${kind}/${name}` })

function parameters(route: Route, schemas: Schemas, operationId: string): object[] {
  const inPath = pathMeanings(route.path).map(({ name, key }) => ({ name, in: 'path', required: true, description: PATHS[key], schema: { type: 'string' } }))
  const query: JsonSchema = route.query ? schemas.fields(route.query, `${operationId}.query`) : {}
  const inQuery = Object.entries(query.properties ?? {}).map(([name, { description, ...schema }]) => ({ name, in: 'query', required: query.required?.includes(name) ?? false, description, schema }))
  const isOnce = route.method !== 'GET' && route.access !== 'open' && !route.keepsNoAnswer && !route.direct
  const headers = [...(isOnce ? ['Idempotency-Key'] : []), ...(route.about?.reads ?? [])]
  return [...inPath, ...inQuery, ...headers.map((name) => ref('parameters', name))]
}

function requestBody(route: Route, schemas: Schemas, operationId: string, example: unknown): object | undefined {
  if (route.body) return { required: true, content: { 'application/json': { schema: schemas.use(route.body, 'input', `${operationId}.body`), ...(example !== undefined && { example }) } } }
  if (route.about?.takes) return { required: false, content: { [route.about.takes]: {} } }
  if (!route.rawBody) return undefined
  return { required: true, content: Object.fromEntries(route.rawBody.contentTypes.map((type) => [type, { schema: route.about?.form ?? {} }])) }
}

/** Of its own rules (SSE): what stands in `event` and `data` of each is told by a schema of what it holds. */
const EVENT_STREAM = {
  type: 'string',
  contentMediaType: 'text/event-stream',
  contentSchema: {
    type: 'object',
    description: 'One event. One without `id` is not kept, and its message has no `seq`: `claude_response` or `thinking` with `stream: true`, a part of a text that is being written; or `reset`, which says that what one had is of another log.',
    required: ['event', 'data'],
    properties: {
      id: { type: 'string', description: 'The epoch of the log, a dot, and the `seq` of the event in its execution.' },
      event: { enum: [...Object.keys(KEPT), 'reset'], description: 'The `type` of what stands in `data`.' },
      data: { type: 'string', contentMediaType: 'application/json', contentSchema: { anyOf: [{ $ref: '#/components/schemas/KeptEvent' }, { $ref: '#/components/schemas/FollowReset' }] } },
    },
  },
}
const contentOf = (type: string): object => (type === 'text/event-stream' ? { schema: EVENT_STREAM } : type.startsWith('text/') ? { schema: { type: 'string' } } : {})

function answers(route: Route, schemas: Schemas, operationId: string, example: unknown): Record<string, object> {
  const { content = [], also = {}, tells = [] } = route.about ?? {}
  const json = route.answer ? { 'application/json': { schema: schemas.use(route.answer, 'output', `${operationId}.answer`), ...(example !== undefined && { example }) } } : {}
  const held = { ...json, ...Object.fromEntries(content.map((type) => [type, contentOf(type)])) }
  const headers = Object.fromEntries(['X-Trace-Id', ...tells].map((name) => [name, ref('headers', name)]))
  const all = { [route.status ?? 200]: { says: 'Done.', holds: 'the same' as const }, ...also }
  return Object.fromEntries(
    Object.entries(all).map(([status, { says, holds }]) => [status, { description: says, headers, ...(holds === 'the same' && Object.keys(held).length > 0 && { content: held }) }]),
  )
}

export function operation(route: Route, schemas: Schemas): object {
  const operationId = route.about?.operationId ?? operationIdOf(route)
  const example = EXAMPLES[operationId] ?? {}
  const chapter = chapterOf(route)
  return {
    operationId,
    ...(chapter && { tags: [chapter] }),
    summary: route.summary,
    ...(route.about?.description && { description: route.about.description }),
    security: securityOf(route),
    parameters: parameters(route, schemas, operationId),
    requestBody: requestBody(route, schemas, operationId, example.body),
    responses: { ...refusalsOf(route), ...answers(route, schemas, operationId, example.answer) },
  }
}
