// The API described as OpenAPI 3.1, worked out from the route table and the contract: it cannot say anything that is not so.
import { HEADERS, operation, PARAMETERS } from './openapi/operation.ts'
import { INTRODUCTION } from './openapi/introduction.ts'
import { refusals } from './openapi/refusals.ts'
import type { JsonSchema } from './openapi/json-schema.ts'
import { describeSchemas } from './openapi/schemas.ts'
import { SECURITY } from './openapi/security.ts'
import { CHAPTERS, chapterOf } from './openapi/tags.ts'
import { WEBHOOKS } from './openapi/webhooks.ts'
import type { Route } from './route.ts'

const inBraces = (path: string) => path.replace(/:(\w+)/g, '{$1}')
const referred = (value: unknown) => [...JSON.stringify(value).matchAll(/"#\/components\/schemas\/([^"]+)"/g)].map((match) => match[1]!)

/** Those that are referred to, and those that these refer to. */
function used(from: unknown, schemas: Record<string, JsonSchema>): Record<string, JsonSchema> {
  const names = new Set(referred(from))
  for (const name of names) for (const next of referred(schemas[name] ?? {})) names.add(next)
  return Object.fromEntries(Object.entries(schemas).filter(([name]) => names.has(name)))
}

export function openApi(routes: readonly Route[], version: string): object {
  const schemas = describeSchemas(routes)
  const paths: Record<string, Record<string, object>> = {}
  for (const route of routes) {
    const path = inBraces(route.path)
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(route, schemas) }
  }
  const responses = refusals()
  const chapters = new Set(routes.map(chapterOf))
  return {
    openapi: '3.1.0',
    info: { title: 'Ensemble', version, summary: 'Claude Code, together, in the browser.', description: INTRODUCTION },
    externalDocs: { description: 'The wire protocol: rules for WebSocket and REST', url: '/api/v1/docs/protocol.md' },
    servers: [{ url: '/', description: 'The relay that serves this description.' }],
    tags: CHAPTERS.filter(({ name }) => chapters.has(name)).map(({ name, description }) => ({ name, description })),
    paths,
    webhooks: WEBHOOKS,
    components: {
      securitySchemes: SECURITY,
      schemas: used({ paths, responses, webhooks: WEBHOOKS }, schemas.named()),
      responses,
      parameters: PARAMETERS,
      headers: HEADERS,
    },
  }
}
