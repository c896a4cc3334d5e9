// What schemas and their fields mean, in words, for the description of the API. They stand here and not beside the schemas: the browser loads those.
import type { JsonSchema } from '../json-schema.ts'
import { ACCOUNTS } from './accounts.ts'
import { EVENTS } from './events.ts'
import { EXECUTIONS } from './executions.ts'
import type { Meanings } from './fields.ts'
import { FILES, WORKSPACES } from './files.ts'
import { OPERATION } from './operation.ts'
import { SESSIONS } from './sessions.ts'
import { SHARED } from './shared.ts'
import { USAGE } from './usage.ts'

export const MEANINGS: Meanings = { ...EXECUTIONS, ...EVENTS, ...SESSIONS, ...ACCOUNTS, ...FILES, ...WORKSPACES, ...USAGE, ...OPERATION }

const meant = (schema: string, path: string): string | undefined => MEANINGS[schema]?.[path] ?? SHARED[path.split('.').at(-1)!]

const parts = ['items', 'additionalProperties'] as const
const choices = ['anyOf', 'oneOf', 'allOf'] as const
const isSchema = (value: unknown): value is JsonSchema => typeof value === 'object' && value !== null && !Array.isArray(value)

/** The schema with what is known of it and of its fields. */
export function explained(name: string, schema: JsonSchema): JsonSchema {
  const say = (path: string) => {
    const description = meant(name, path)
    return description === undefined ? {} : { description }
  }
  function within(value: JsonSchema, path: string): JsonSchema {
    const result: JsonSchema = { ...value }
    for (const part of parts) if (isSchema(value[part])) result[part] = within(value[part], path)
    for (const choice of choices) if (Array.isArray(value[choice])) result[choice] = (value[choice] as JsonSchema[]).map((each) => within(each, path))
    if (value.properties) result.properties = Object.fromEntries(Object.entries(value.properties).map(([field, of]) => fieldOf(field, of, path === '' ? field : `${path}.${field}`)))
    return result
  }
  const fieldOf = (field: string, of: JsonSchema, path: string) => [field, { ...within(of, path), ...say(path) }] as const
  return { ...within(schema, ''), ...say('_') }
}
