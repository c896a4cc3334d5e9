// A client that knows nothing of the relay but its openapi.json: a request is built from the operation's name, an answer is judged by what is described.
import { Ajv2020 } from 'ajv/dist/2020.js'

type Parameter = { name: string; in: 'path' | 'query' | 'header'; required?: boolean }
type Ref = { $ref: string }
type Media = Record<string, { schema?: object }>
type Operation = { operationId: string; security: object[]; parameters: (Parameter | Ref)[]; requestBody?: { content: Media }; responses: Record<string, { content?: Media } | Ref> }
type Description = { servers: { url: string }[]; paths: Record<string, Record<string, Operation>>; components: Record<string, Record<string, unknown>> }
type Arguments = Record<string, unknown>
export type SseEvent = { id: string | null; event: string; data: any }

export type DescribedClient = Awaited<ReturnType<typeof createDescribedClient>>

export async function createDescribedClient(description: string, token: string) {
  const api = (await (await fetch(description)).json()) as Description
  const base = new URL(api.servers[0]!.url, description).href.replace(/\/$/, '')
  const ajv = new Ajv2020({ strict: false, validateFormats: false })
  ajv.addSchema(api, 'api')
  const operations = new Map(Object.entries(api.paths).flatMap(([path, methods]) => Object.entries(methods).map(([method, operation]) => [operation.operationId, { path, method, operation }] as const)))
  const resolved = <T>(value: T | Ref): T => ('$ref' in (value as object) ? ((value as Ref).$ref.split('/').slice(1).reduce((at: any, part) => at[part], api) as T) : (value as T))

  /** Arguments by the names of the parameters; what is none of them is the body. */
  function requestOf(id: string, given: Arguments, body: unknown) {
    const found = operations.get(id)
    if (!found) throw new Error(`there is no operation ${id}`)
    const { path, method, operation } = found
    const parameters = operation.parameters.map((each) => resolved(each))
    const unknown = Object.keys(given).filter((name) => !parameters.some((each) => each.name === name))
    if (unknown.length > 0) throw new Error(`${id} takes no ${unknown.join(', ')}`)
    const headers = new Headers(operation.security.length > 0 ? { authorization: `Bearer ${token}` } : {})
    const query = new URLSearchParams()
    let target = path
    for (const { name, in: where, required } of parameters) {
      const value = given[name]
      if (value === undefined && required) throw new Error(`${id} needs ${name}`)
      if (value === undefined) continue
      if (where === 'path') target = target.replace(`{${name}}`, encodeURIComponent(String(value)))
      else if (where === 'query') query.set(name, String(value))
      else headers.set(name, String(value))
    }
    if (body !== undefined) headers.set('content-type', Object.keys(operation.requestBody!.content)[0]!)
    return { url: `${base}${target}${query.size > 0 ? `?${query}` : ''}`, init: { method: method.toUpperCase(), headers, ...(body !== undefined && { body: JSON.stringify(body) }) }, operation }
  }

  /** The content type, if the status is described with it. */
  function described(operation: Operation, response: Response): { type: string; schema?: object } {
    const said = operation.responses[String(response.status)]
    if (!said) throw new Error(`${operation.operationId} does not say that it answers ${response.status}`)
    const type = response.headers.get('content-type')?.split(';')[0] ?? ''
    return { type, schema: resolved(said).content?.[type]?.schema }
  }

  return {
    operations: [...operations.keys()],
    async call(id: string, given: Arguments = {}, body?: unknown): Promise<{ status: number; body: any }> {
      const { url, init, operation } = requestOf(id, given, body)
      const response = await fetch(url, init)
      const { type, schema } = described(operation, response)
      if (type !== 'application/json') return { status: response.status, body: await response.text() }
      const answer: unknown = await response.json()
      if (schema && !ajv.validate(anchored(schema), answer)) throw new Error(`${id}: ${ajv.errorsText()}`)
      return { status: response.status, body: answer }
    },
    /** Server-sent events, by the standard's own rules; ends when the stream does. */
    async *events(id: string, given: Arguments): AsyncGenerator<SseEvent> {
      const { url, init, operation } = requestOf(id, given, undefined)
      const response = await fetch(url, init)
      const { type } = described(operation, response)
      if (type !== 'text/event-stream') return
      const decoder = new TextDecoder()
      let text = ''
      for await (const chunk of response.body!) {
        text += decoder.decode(chunk, { stream: true })
        for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
          const fields = text.slice(0, end).split('\n').map((line) => /^([^:]*):? ?(.*)$/.exec(line)!.slice(1) as [string, string])
          text = text.slice(end + 2)
          const of = (name: string) => fields.flatMap(([field, value]) => (field === name ? [value] : []))
          if (of('data').length > 0) yield { id: of('id')[0] ?? null, event: of('event')[0] ?? 'message', data: JSON.parse(of('data').join('\n')) as unknown }
        }
      }
    },
  }
}

/** References lead into the description from wherever a part of it is looked at. */
function anchored(schema: object): object {
  return JSON.parse(JSON.stringify(schema).replaceAll('"#/components/', '"api#/components/')) as object
}
