// The description of the API: valid by a validator that is not ours, whole, and pleasant to read.
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { Validator } from '@seriousme/openapi-schema-validator'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { ERRORS, KEPT } from '#protocol'
import { EXAMPLES } from '../../../relay/http/openapi/examples.ts'
import type { Fields } from '../../../relay/http/openapi/meanings/fields.ts'
import { MEANINGS } from '../../../relay/http/openapi/meanings/meanings.ts'
import { pathMeanings, PATHS } from '../../../relay/http/openapi/meanings/paths.ts'
import { SHARED } from '../../../relay/http/openapi/meanings/shared.ts'
import { CHAPTERS, chapterOf } from '../../../relay/http/openapi/tags.ts'
import { closed, createAnswerCheck } from '../../support/check-answers.ts'
import { startRelay, type StartedRelay } from '../../support/start-relay.ts'

type Operation = { operationId: string; tags: string[]; summary: string; security: object[]; parameters: { name?: string; in?: string; $ref?: string }[]; requestBody?: { content: Record<string, Media> }; responses: Record<string, { description?: string; content?: Record<string, Media>; $ref?: string }> }
type Media = { schema?: object; example?: unknown }
type Description = { openapi: string; info: { description: string }; externalDocs: { url: string }; tags: { name: string }[]; paths: Record<string, Record<string, Operation>>; components: Record<'schemas' | 'responses' | 'parameters' | 'headers' | 'securitySchemes', Record<string, { description?: string }>> }

let relay: StartedRelay
let api: Description
let operations: { name: string; path: string; method: string; operation: Operation }[]

beforeAll(async () => {
  relay = await startRelay()
  api = (await (await fetch(`${relay.url}/api/v1/openapi.json`)).json()) as Description
  operations = Object.entries(api.paths).flatMap(([path, methods]) => Object.entries(methods).map(([method, operation]) => ({ name: `${method.toUpperCase()} ${path}`, path, method, operation })))
})
afterAll(() => relay.stop())

test('D1 it is OpenAPI 3.1 by the official schema', async () => {
  expect(api.openapi).toStartWith('3.1')
  const validator = new Validator()
  expect(await validator.validate(structuredClone(api))).toEqual({ valid: true })
  expect(validator.version).toBe('3.1')
  // The validator is awake.
  expect((await new Validator().validate({ ...structuredClone(api), paths: { '/x': { get: { parameters: [{ in: 'nowhere' }] } } } })).valid).toBeFalse()
})

test('D1 every route is in it, and nothing else', () => {
  expect(operations.map(({ name }) => name).sort()).toEqual(relay.relay.routes.map((route) => `${route.method} ${route.path.replace(/:(\w+)/g, '{$1}')}`).sort())
  for (const { name, path, operation } of operations) {
    const inPath = operation.parameters.filter((each) => each.in === 'path').map((each) => each.name)
    expect([name, inPath]).toEqual([name, [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1])])
  }
})

test('every operation has a name of its own, a chapter, a sentence, and says who may and what may be refused', () => {
  const ids = operations.map(({ operation }) => operation.operationId)
  expect(ids.filter((id, at) => ids.indexOf(id) !== at || !/^[a-z][A-Za-z0-9]+$/.test(id))).toEqual([])
  const chapters = CHAPTERS.map(({ name }) => name)
  for (const { name, operation } of operations) {
    expect([name, operation.tags?.filter((tag) => chapters.includes(tag)).length]).toEqual([name, 1])
    expect([name, /\S.*[.]$/.test(operation.summary)]).toEqual([name, true])
    const isOpen = relay.relay.routes.find((route) => `${route.method} ${route.path.replace(/:(\w+)/g, '{$1}')}` === name)!.access === 'open'
    // Empty: for everybody. An empty one among others: more is told to whom it knows.
    const isForEverybody = operation.security.length === 0 || operation.security.some((each) => Object.keys(each).length === 0)
    expect([name, isForEverybody]).toEqual([name, isOpen && operation.operationId !== 'refresh'])
    if (!isOpen) expect([name, '401' in operation.responses, '429' in operation.responses]).toEqual([name, true, true])
    for (const [status, { $ref }] of Object.entries(operation.responses)) if (Number(status) >= 400 && $ref) expect([name, $ref.replace('#/components/responses/', '') in api.components.responses]).toEqual([name, true])
  }
  expect(api.tags.map(({ name }) => name)).toEqual(chapters.filter((name) => relay.relay.routes.some((route) => chapterOf(route) === name)))
})

test('a client made from it can say who it is where that changes the answer', async () => {
  const named = (id: string) => operations.find(({ operation }) => operation.operationId === id)!.operation.security
  expect([named('getReadiness'), named('refresh')]).toEqual([[{}, { session: [] }, { apiToken: ['admin'] }], [{ pageKey: [] }]])
  const schemes = new Set(operations.flatMap(({ operation }) => operation.security.flatMap((each) => Object.keys(each))))
  expect([...schemes].filter((scheme) => !(scheme in api.components.securitySchemes))).toEqual([])
})

test('what receivers of webhooks get is told, and what stands in an event of a stream', () => {
  const { post } = (api as unknown as { webhooks: { executionEnded: { post: Operation } } }).webhooks.executionEnded
  expect(post.parameters.map(({ name }) => name)).toEqual(['ensemble-event-id', 'ensemble-event', 'ensemble-attempt', 'ensemble-signature'])
  expect(post.requestBody!.content['application/json']!.schema).toEqual({ $ref: '#/components/schemas/WebhookBody' })
  expect(api.components.schemas['WebhookBody']).toMatchObject({ properties: { type: { $ref: '#/components/schemas/WebhookEvent' } } })
  const stream = operations.find(({ operation }) => operation.operationId === 'getExecutionEvents')!.operation.responses['200']!.content!['text/event-stream']!.schema
  const held = { anyOf: [{ $ref: '#/components/schemas/KeptEvent' }, { $ref: '#/components/schemas/FollowReset' }] }
  expect(stream).toMatchObject({ contentSchema: { properties: { event: { enum: [...Object.keys(KEPT), 'reset'] }, data: { contentSchema: held } } } })
})

type Described = { description?: string; properties?: Record<string, Described>; items?: Described; additionalProperties?: Described; anyOf?: Described[]; oneOf?: Described[]; allOf?: Described[] }

/** Each field of a schema by its path, and the description it has, of each place where it stands. */
function fieldsOf(schema: Described, path = ''): [path: string, description: string | undefined][] {
  const within = [schema.items, schema.additionalProperties, ...(schema.anyOf ?? []), ...(schema.oneOf ?? []), ...(schema.allOf ?? [])].filter((each): each is Described => typeof each === 'object')
  const own = Object.entries(schema.properties ?? {}).flatMap(([field, of]): [string, string | undefined][] => [[path + field, of.description], ...fieldsOf(of, `${path}${field}.`)])
  return [...own, ...within.flatMap((each) => fieldsOf(each, path))]
}

test('every parameter, header, schema and field says what it means; no text is of what is not there', () => {
  const named = Object.entries(api.components.schemas) as [string, Described][]
  const resolved = (parameter: Operation['parameters'][number]) => (parameter.$ref ? api.components.parameters[parameter.$ref.split('/').at(-1)!]! : parameter) as { name: string; in: string; description?: string; schema: Described }
  const inlined = operations.flatMap(({ operation: { operationId, requestBody, responses } }): [string, Described][] => {
    const parts = { body: requestBody?.content['application/json'], answer: Object.entries(responses).find(([status]) => status.startsWith('2'))?.[1].content?.['application/json'] }
    return Object.entries(parts).flatMap(([part, media]): [string, Described][] => (media?.schema && !('$ref' in media.schema) ? [[`${operationId}.${part}`, media.schema]] : []))
  })
  const asked = operations.map(({ operation }): [string, Described] => [`${operation.operationId}.query`, { properties: Object.fromEntries(operation.parameters.map(resolved).flatMap((each) => (each.in === 'query' ? [[each.name, { ...each.schema, description: each.description }]] : []))) }])
  const schemas = new Map([...named, ...inlined, ...asked])

  const mute = [
    ...operations.flatMap(({ name, operation }) => operation.parameters.map(resolved).flatMap((each) => (each.description ? [] : [`${name} ${each.in} ${each.name}`]))),
    ...Object.entries(api.components.headers).flatMap(([name, { description }]) => (description ? [] : [`header ${name}`])),
    ...named.flatMap(([name, { description }]) => (description ? [] : [name])),
    ...[...schemas].flatMap(([name, schema]) => fieldsOf(schema).flatMap(([path, description]) => (description ? [] : [`${name} ${path}`]))),
  ]
  expect(mute).toEqual([])

  // Sentences, each of something that is there.
  const written = [...Object.entries(MEANINGS), ['*', SHARED], ['path', PATHS]] as [string, Fields][]
  expect(written.flatMap(([name, fields]) => Object.entries(fields).flatMap(([field, text]) => (/^[A-Z`\d].*[.?]$/s.test(text) ? [] : [`${name} ${field}: ${text}`])))).toEqual([])
  const paths = new Map([...schemas].map(([name, schema]) => [name, new Set(fieldsOf(schema).map(([path]) => path))]))
  const gone = Object.entries(MEANINGS).flatMap(([name, fields]) => Object.keys(fields).flatMap((path) => ((path === '_' ? schemas.has(name) : paths.get(name)?.has(path)) ? [] : [`${name} ${path}`])))
  // A shared text counts where a schema has none of its own for that field.
  const shared = new Set([...paths].flatMap(([name, of]) => [...of].filter((path) => MEANINGS[name]?.[path] === undefined).map((path) => path.split('.').at(-1)!)))
  const keys = new Set(relay.relay.routes.flatMap(({ path }) => pathMeanings(path).map(({ key }) => key)))
  expect([...gone, ...Object.keys(SHARED).filter((field) => !shared.has(field)), ...Object.keys(PATHS).filter((key) => !keys.has(key))]).toEqual([])

  // And what a text names in backticks is a word of this description.
  const words = new Set(['opus', 'broadcast', ...operations.map(({ operation }) => operation.operationId)])
  JSON.stringify(api, (key, value: unknown) => {
    words.add(key)
    if (typeof value === 'string' && value.length < 100) words.add(value)
    return key === 'description' ? undefined : value
  })
  const texts = written.flatMap(([name, fields]) => Object.entries(fields).map(([field, text]) => [`${name} ${field}`, text] as const))
  expect(texts.flatMap(([at, text]) => [...text.matchAll(/`([a-z]\w*)`/g)].flatMap(([, word]) => (words.has(word!) ? [] : [`${at}: ${word}`])))).toEqual([])
})

test('every beginning by which a chapter is found is that of a route', () => {
  const begins = ({ path }: { path: string }, begin: string) => path === begin || path.startsWith(`${begin}/`) || path.startsWith(`${begin}.`)
  expect(CHAPTERS.flatMap(({ paths }) => paths).filter((begin) => !relay.relay.routes.some((route) => begins(route, begin)))).toEqual([])
})

test('every code of the table of refusals is told of, each at its status', () => {
  const told = Object.values(api.components.responses).map(({ description = '' }) => description).join('\n')
  for (const code of Object.keys(ERRORS).filter((each) => each !== 'BAD_FRAME')) expect([code, told.includes(`\`${code}\`:`)]).toEqual([code, true])
})

test('shapes of the contract are named once and referred to; no name leads nowhere or to what nobody uses', () => {
  const names = Object.keys(api.components.schemas)
  for (const name of ['Error', 'SessionRow', 'SessionsPage', 'Me', 'KeptEvent', 'Session', 'Task', 'Participant']) expect(names).toContain(name)
  const referred = [...JSON.stringify(api).matchAll(/"#\/components\/schemas\/([^"]+)"/g)].map((match) => match[1]!)
  expect([...new Set(referred)].sort()).toEqual(names.sort())
  // What two operations share is not written out in both.
  const inlined = operations.flatMap(({ operation }) => Object.values(operation.responses).flatMap(({ content }) => Object.values(content ?? {}).map(({ schema }) => JSON.stringify(schema ?? {})))).filter((text) => text.length > 300 && !text.includes('$ref'))
  expect(inlined.filter((text, at) => inlined.indexOf(text) !== at)).toEqual([])
})

test('examples fit, each is of an operation, and closed schemas are what the tests hold answers against', () => {
  const ajv = new Ajv2020({ strict: false, validateFormats: false })
  ajv.addSchema(closed(api) as object, 'api')
  const used = new Set<string>()
  for (const { path, method, operation } of operations) {
    const at = ['paths', path, method].map((part) => encodeURIComponent(part.replaceAll('/', '~1'))).join('/')
    const media = { requestBody: operation.requestBody?.content, ...Object.fromEntries(Object.entries(operation.responses).map(([status, each]) => [`responses/${status}`, each.content])) }
    for (const [where, content] of Object.entries(media)) {
      for (const [type, { example }] of Object.entries(content ?? {})) {
        if (example === undefined) continue
        used.add(operation.operationId)
        const validate = ajv.compile({ $ref: `api#/${at}/${where}/content/${type.replace('/', '~1')}/schema` })
        expect([operation.operationId, where, validate(example), validate.errors]).toEqual([operation.operationId, where, true, null])
      }
    }
  }
  expect([...used].sort()).toEqual(Object.keys(EXAMPLES).sort())
})

test('files, text and forms are told of by their content types, and headers by their names', () => {
  const of = (id: string) => operations.find(({ operation }) => operation.operationId === id)!.operation
  expect(Object.keys(of('getFile').responses)).toEqual(expect.arrayContaining(['200', '206', '304', '416', '404']))
  expect(of('getFile').parameters.map(({ $ref }) => $ref?.split('/').at(-1))).toEqual(expect.arrayContaining(['Range', 'If-None-Match']))
  expect(Object.keys(of('getSessionExport').responses['200']!.content!)).toEqual(['text/markdown', 'application/json'])
  expect(of('uploadFile').requestBody!.content['multipart/form-data']!.schema).toMatchObject({ properties: { file: {}, session_id: {} } })
  expect(of('createSession').parameters.map(({ $ref }) => $ref)).toContain('#/components/parameters/Idempotency-Key')
  // Its answer is a secret and never kept, so a key is no use.
  expect(of('createDevice').parameters.map(({ $ref }) => $ref)).not.toContain('#/components/parameters/Idempotency-Key')
})

test('D2 an answer that is not as described fails the test that got it', async () => {
  const answer = (body: object, status = 200, headers: Record<string, string> = {}) => Response.json(body, { status, headers: { 'x-trace-id': 't', ...headers } })
  const me = { user: { id: 'u', name: 'n', role: 'user' } }
  const cases: [string, Response, RegExp][] = [
    ['GET /api/v1/me', answer(me), /required property 'relay'/],
    ['GET /api/v1/me', answer({}, 418), /the status is not described/],
    ['GET /api/v1/me', new Response('hi', { headers: { 'x-trace-id': 't', 'content-type': 'text/plain' } }), /text\/plain is not described/],
    ['GET /api/v1/me', answer({ code: 'NOT_A_CODE', message: '', trace_id: '', timestamp: 1 }, 401), /allowed values/],
    ['GET /api/v1/people', answer({ people: [{ id: 'u', name: 'n', role: 'user', password: 'x' }] }), /additional properties/],
    ['GET /api/v1/people', Response.json({ people: [] }), /without X-Trace-Id/],
    ['GET /api/v1/nothing', answer({}), /the route is not described/],
  ]
  const complain = console.error
  console.error = () => undefined
  try {
    for (const [route, response, says] of cases) {
      const check = createAnswerCheck(() => relay.relay.routes)
      check.answered(route, response)
      expect(check.settle()).rejects.toThrow(says)
      await check.settle().catch(() => undefined)
    }
  } finally {
    console.error = complain
  }
  const fine = createAnswerCheck(() => relay.relay.routes)
  fine.answered('GET /api/v1/people', answer({ people: [] }))
  await fine.settle()
})
