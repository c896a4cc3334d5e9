// The contract's schemas as the description of the API names them: each once, under the name it has in the contract.
import { createSession, errorBody, events, KEPT, keptEvent as anyKeptEvent, rest, type KeptType } from '#protocol'
import * as z from 'zod/mini'
import type { Route } from '../route.ts'
import type { JsonSchema } from './json-schema.ts'
import { EVENT_TYPES } from './meanings/events.ts'
import { explained } from './meanings/meanings.ts'

type Schema = z.core.$ZodType
/** What a caller may send, or what the relay answers. */
export type Way = 'input' | 'output'

const isSchema = (value: unknown): value is Schema => typeof value === 'object' && value !== null && '_zod' in value
const pascal = (name: string) => name[0]!.toUpperCase() + name.slice(1)
const uri = (id: string) => `#/components/schemas/${id}`

/** Of two names for the same schema the first one counts. */
function nameSchemas(): z.core.$ZodRegistry<{ id: string }> {
  const named = z.registry<{ id: string }>()
  const groups = { Error: errorBody, CreateSession: createSession, KeptEvent: anyKeptEvent, ...rest, ...events }
  for (const [name, schema] of Object.entries(groups)) if (isSchema(schema) && !named.has(schema)) named.add(schema, { id: pascal(name) })
  for (const [type, data] of Object.entries(KEPT)) if (!named.has(data)) named.add(data, { id: `${pascal(type.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase()))}Event` })
  return named
}

/** JSON Schema closes what zod's objects are; callers are told what F1 says: fields that they do not know may come. */
function clean(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(clean)
  if (typeof value !== 'object' || value === null) return value
  const kept = Object.entries(value).filter(([key, of]) => key !== '$schema' && key !== '$id' && !(key === 'additionalProperties' && of === false) && !(key === 'maximum' && of === Number.MAX_SAFE_INTEGER) && !(key === 'minimum' && of === Number.MIN_SAFE_INTEGER))
  return Object.fromEntries(kept.map(([key, of]) => [key, clean(of)]))
}

/** An event of the log with the data of its type: the log itself holds whatever was told when it was kept. */
function keptEvent(named: z.core.$ZodRegistry<{ id: string }>, seen: JsonSchema): JsonSchema {
  const variants = (Object.entries(KEPT) as [KeptType, Schema][]).map(([type, data]) => ({
    title: type,
    description: EVENT_TYPES[type],
    ...seen,
    properties: { ...seen.properties, type: { const: type }, data: { $ref: uri(named.get(data)!.id) } },
  }))
  return { oneOf: variants }
}

export function describeSchemas(routes: readonly Route[]) {
  const named = nameSchemas()
  const seen = new Map<Schema, string>()
  // Those of routes alone are described along with the others, so that what they hold is named, and are put where they are used.
  for (const schema of routes.flatMap(({ query, body, answer }) => [query, body, answer])) {
    if (!schema || named.has(schema)) continue
    seen.set(schema, `.${seen.size}`)
    named.add(schema, { id: seen.get(schema)! })
  }
  const described = { input: allOf('input'), output: allOf('output') }

  function allOf(io: Way): Record<string, JsonSchema> {
    const { schemas } = z.toJSONSchema(named, { target: 'draft-2020-12', unrepresentable: 'any', io, uri })
    return clean(schemas) as Record<string, JsonSchema>
  }
  const isOne = (id: string) => JSON.stringify(described.input[id]) === JSON.stringify(described.output[id])

  return {
    /** Where it is used: a reference, or all of it where it has no name; its fields are then explained under this one. */
    use(schema: Schema, io: Way, name: string): JsonSchema {
      const { id } = named.get(schema)!
      if (seen.has(schema)) return explained(name, described[io][id]!)
      // Said one way and answered another, it would need two names; nothing of the contract does so far.
      return isOne(id) || io === 'output' ? { $ref: uri(id) } : explained(id, described[io][id]!)
    },
    /** The fields of it, for parameters. */
    fields: (schema: Schema, name: string): JsonSchema => explained(name, described.input[named.get(schema)!.id]!),
    named(): Record<string, JsonSchema> {
      const names = Object.keys(described.output).filter((id) => !id.startsWith('.')).sort()
      const all: Record<string, JsonSchema> = { ...described.output, KeptEvent: keptEvent(named, described.output['KeptEvent']!) }
      return Object.fromEntries(names.map((id) => [id, explained(id, all[id]!)]))
    },
  }
}
