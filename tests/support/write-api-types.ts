// `npm run api`: the types of src/connection/api-types.ts out of openapi.json, so that what the page asks for is checked against what the relay describes.
import { join } from 'node:path'
import { startRelay } from './start-relay.ts'

type Schema = { $ref?: string; const?: unknown; enum?: unknown[]; type?: string | string[]; anyOf?: Schema[]; oneOf?: Schema[]; allOf?: Schema[]; properties?: Record<string, Schema>; required?: string[]; additionalProperties?: Schema | boolean; items?: Schema; prefixItems?: Schema[] }
type Content = Record<string, { schema?: Schema }>
type Operation = { operationId: string; summary: string; parameters: { name?: string; in?: string; required?: boolean; schema?: Schema }[]; requestBody?: { content: Content }; responses: Record<string, { content?: Content }> }
type Description = { paths: Record<string, Record<string, Operation>>; components: { schemas: Record<string, Schema> } }

const quoted = (value: unknown) => (typeof value === 'string' ? `'${value.replace(/['\\]/g, '\\$&')}'` : JSON.stringify(value))
const keyOf = (name: string) => (/^[A-Za-z_$][\w$]*$/.test(name) ? name : quoted(name))
const either = (all: Schema[]) => [...new Set(all.map(typeOf))].join(' | ')
const grouped = (type: string) => (/ [|&] /.test(type) ? `(${type})` : type)

function objectOf({ properties = {}, required = [], additionalProperties }: Schema): string {
  const fields = Object.entries(properties).map(([name, schema]) => `${keyOf(name)}${required.includes(name) ? '' : '?'}: ${typeOf(schema)}${required.includes(name) ? '' : ' | undefined'}`)
  if (typeof additionalProperties === 'object' && fields.length === 0) return `Record<string, ${typeOf(additionalProperties)}>`
  return fields.length === 0 ? 'object' : `{ ${fields.join('; ')} }`
}

function typeOf(schema: Schema): string {
  if (schema.$ref) return `Schemas[${quoted(schema.$ref.split('/').at(-1))}]`
  if ('const' in schema) return quoted(schema.const)
  if (schema.enum) return schema.enum.map(quoted).join(' | ')
  if (schema.anyOf ?? schema.oneOf) return either((schema.anyOf ?? schema.oneOf)!)
  if (schema.allOf) return schema.allOf.map((each) => grouped(typeOf(each))).join(' & ')
  if (Array.isArray(schema.type)) return either(schema.type.map((type) => ({ ...schema, type })))
  switch (schema.type) {
    case 'object':
      return objectOf(schema)
    case 'array':
      return schema.prefixItems ? `[${schema.prefixItems.map(typeOf).join(', ')}]` : `${grouped(typeOf(schema.items ?? {}))}[]`
    case 'integer':
      return 'number'
    case 'string':
    case 'number':
    case 'boolean':
    case 'null':
      return schema.type
    default:
      return schema.properties ? objectOf(schema) : 'unknown'
  }
}

const jsonOf = (content: Content | undefined) => content?.['application/json']?.schema

function bodyOf({ requestBody }: Operation): string {
  if (!requestBody) return 'undefined'
  const json = jsonOf(requestBody.content)
  return json ? typeOf(json) : 'FormData'
}

function answerOf({ responses }: Operation): string {
  const done = Object.entries(responses).find(([status]) => status.startsWith('2'))![1]
  const json = jsonOf(done.content)
  // Where there is a choice the page accepts JSON.
  return json ? typeOf(json) : 'Blob'
}

function operationType(path: string, method: string, operation: Operation): string {
  const inQuery = operation.parameters.filter((each) => each.in === 'query')
  const query = { type: 'object', properties: Object.fromEntries(inQuery.map((each) => [each.name!, each.schema!])), required: inQuery.filter((each) => each.required).map((each) => each.name!) }
  const template = path.replace('/api/v1/', '').replace(/\{\w+\}/g, `\${string}`)
  return `  /** ${operation.summary} */\n  ${operation.operationId}: { method: '${method.toUpperCase()}'; path: \`${template}\`; query: ${objectOf(query)}; body: ${bodyOf(operation)}; answer: ${answerOf(operation)} }`
}

/** The text of the file. */
export function apiTypes({ paths, components }: Description): string {
  const schemas = Object.entries(components.schemas).map(([name, schema]) => `  ${keyOf(name)}: ${typeOf(schema)}`)
  const operations = Object.entries(paths)
    .filter(([path]) => path.startsWith('/api/v1/'))
    .flatMap(([path, methods]) => Object.entries(methods).map(([method, operation]) => operationType(path, method, operation)))
  return [
    '// REST v1 as openapi.json describes it. Made by `npm run api`, never by hand; a test makes it anew and compares.',
    `type Schemas = {\n${schemas.join('\n')}\n}`,
    `/** By operationId; paths below /api/v1. */\nexport type Operations = {\n${operations.join('\n')}\n}`,
    '',
  ].join('\n\n').replace(/\n\n$/, '\n')
}

export const apiTypesFile = join(import.meta.dir, '..', '..', 'src', 'connection', 'api-types.ts')

export async function describedApi(url: string): Promise<Description> {
  return (await (await fetch(`${url}/api/v1/openapi.json`)).json()) as Description
}

if (import.meta.main) {
  const relay = await startRelay()
  await Bun.write(apiTypesFile, apiTypes(await describedApi(relay.url)))
  await relay.stop()
  console.log(`Written: ${apiTypesFile}`)
}
