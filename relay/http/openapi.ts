// The API described as OpenAPI 3.1, worked out from the route table: it cannot say anything that is not so.
import { errorBody } from '#protocol'
import * as z from 'zod/mini'
import type { Route } from './route.ts'

type Schema = z.core.$ZodType
type JsonSchema = { properties?: Record<string, object>; required?: string[] }

/** `io`: what a caller may send, or what the relay answers. Refinements that JSON Schema cannot say are left out. */
const describe = (schema: Schema, io: 'input' | 'output'): object => {
  const described = z.toJSONSchema(schema, { target: 'draft-2020-12', unrepresentable: 'any', io })
  // The whole document names its dialect by being OpenAPI 3.1.
  return Object.fromEntries(Object.entries(described).filter(([key]) => key !== '$schema'))
}

const namesIn = (path: string) => [...path.matchAll(/:(\w+)/g)].map((match) => match[1]!)
const json = (schema: object) => ({ 'application/json': { schema } })

function parameters(route: Route): object[] {
  const inPath = namesIn(route.path).map((name) => ({ name, in: 'path', required: true, schema: { type: 'string' } }))
  const query = route.query ? (describe(route.query, 'input') as JsonSchema) : {}
  const inQuery = Object.entries(query.properties ?? {}).map(([name, schema]) => ({ name, in: 'query', required: query.required?.includes(name) ?? false, schema }))
  const changes = route.method !== 'GET' && route.access !== 'open'
  const key = { name: 'Idempotency-Key', in: 'header', required: false, schema: { type: 'string', minLength: 1, maxLength: 128 }, description: 'The same key within 7 days: done once, answered again.' }
  return [...inPath, ...inQuery, ...(changes ? [key] : [])]
}

function requestBody(route: Route): object | undefined {
  if (route.body) return { required: true, content: json(describe(route.body, 'input')) }
  if (!route.rawBody) return undefined
  return { required: true, content: Object.fromEntries(route.rawBody.contentTypes.map((type) => [type, {}])) }
}

function operation(route: Route): object {
  const success = route.answer ? { description: 'Done.', content: json(describe(route.answer, 'output')) } : { description: 'Done.' }
  return {
    summary: route.summary,
    operationId: `${route.method.toLowerCase()}${route.path.replace(/[/:.]+(\w)/g, (_, letter: string) => letter.toUpperCase())}`,
    ...(route.access === 'open' ? { security: [] } : {}),
    parameters: parameters(route),
    requestBody: requestBody(route),
    responses: { [String(route.status ?? 200)]: success, default: { $ref: '#/components/responses/Refused' } },
  }
}

export function openApi(routes: readonly Route[], version: string): object {
  const paths: Record<string, Record<string, object>> = {}
  for (const route of routes) {
    const path = route.path.replace(/:(\w+)/g, '{$1}')
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(route) }
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Ensemble', version, summary: 'Claude Code, together, in the browser.' },
    security: [{ bearer: [] }],
    paths,
    components: {
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'From auth/login, or `ensemble token --user NAME`.' } },
      schemas: { Error: describe(errorBody, 'output') },
      responses: { Refused: { description: 'A refusal: `code` says which one.', content: json({ $ref: '#/components/schemas/Error' }) } },
    },
  }
}
