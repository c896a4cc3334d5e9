// Values for random input: such that fit a schema, mostly, and such that have hurt others.
import fc from 'fast-check'
import * as z from 'zod/mini'

export const nasty = [
  '', ' ', '\u0000', '__proto__', 'constructor', '../../etc/passwd', '..%2f', "' OR 1=1;--", '--settings=x', '<script>alert(1)</script>', '\u202Ereversed', '\uD800', '\u001b[31m', '항만', 'x'.repeat(5_000), '/clear', '/exit', '@victim', '1e9', 'NaN', '-1', "x'; DROP TABLE sessions; --", '%', '100%_', '1 UNION SELECT token FROM tokens',
]
/** What lies at the ends of what a pattern allows: days, numbers. */
const edges = ['0000-01-01', '1970-01-01', '2024-02-29', '2025-02-29', '9999-12-31', '0', '-1', '9'.repeat(15), '9'.repeat(20)]
const patterned = (pattern: RegExp): fc.Arbitrary<string> => {
  const ends = edges.filter((each) => pattern.test(each))
  return fc.oneof({ weight: 4, arbitrary: fc.stringMatching(pattern, { size: 'small' }) }, { weight: ends.length > 0 ? 2 : 0, arbitrary: fc.constantFrom(...(ends.length > 0 ? ends : [''])) }, { weight: 1, arbitrary: fc.constantFrom(...nasty) })
}
const odd: fc.Arbitrary<unknown> = fc.oneof(fc.constantFrom<unknown>(null, true, -1, 1.5, 1e308, Number.MAX_SAFE_INTEGER, [], {}, [[]], JSON.parse('['.repeat(200) + ']'.repeat(200)), { __proto__: 1 }, ...nasty), fc.jsonValue({ maxDepth: 3 }))

/** Bodies that are no JSON, or not the JSON they seem to be. */
export const garbled = ['{', '', 'null', '[]', 'NaN', '1e999', '{"a":1,}', '\uFEFF{}', '{"title":"a","title":"b"}', '{"title":"\\ud800"}', '{"limit":1e9,"limit":NaN}', '['.repeat(3_000), '{"a":'.repeat(3_000)]
export const contentTypes = ['application/json', 'application/json; charset=utf-16', 'text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data', 'application/octet-stream', 'nonsense']

export type Json = { type?: string; const?: unknown; enum?: unknown[]; anyOf?: Json[]; oneOf?: Json[]; properties?: Record<string, Json>; required?: string[]; items?: Json; minimum?: number; maximum?: number; pattern?: string; maxLength?: number }

export const schemaOf = (schema: z.core.$ZodType) => z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Json

/** `ids`: real ones, which are tried wherever an id belongs. */
export function createFuzz(ids: () => readonly string[]) {
  const someId = fc.oneof({ weight: 6, arbitrary: fc.nat(1_000).map((index) => ids()[index % ids().length]!) }, { weight: 1, arbitrary: fc.constantFrom('s-none', ...nasty) })

  /** A value that fits a schema, mostly; now and then something else in its place. */
  function fitting(schema: Json, name = ''): fc.Arbitrary<unknown> {
    return fc.oneof({ weight: 30, arbitrary: exactly(schema, name) }, { weight: 1, arbitrary: odd })
  }
  function exactly(schema: Json, name: string): fc.Arbitrary<unknown> {
    if (schema.const !== undefined) return fc.constant(schema.const)
    if (schema.enum) return fc.constantFrom(...schema.enum)
    const choices = schema.anyOf ?? schema.oneOf
    if (choices) return fc.oneof(...choices.map((each) => exactly(each, name)))
    if (schema.type === 'object' || schema.properties) {
      const { properties = {}, required = [] } = schema
      if (Object.keys(properties).length === 0) return fc.dictionary(fc.string({ maxLength: 8 }), odd, { maxKeys: 4 })
      const fields = Object.fromEntries(Object.entries(properties).map(([key, each]) => [key, fitting(each, key)]))
      return fc.record(fields, { requiredKeys: Object.keys(fields).filter((key) => required.includes(key)) })
    }
    if (schema.type === 'array') return fc.array(fitting(schema.items ?? {}, name), { maxLength: 5 })
    if (schema.type === 'integer' || schema.type === 'number') return fc.integer({ min: Math.max(schema.minimum ?? 0, -10), max: Math.min(schema.maximum ?? 1_000, 1_000) })
    if (schema.type === 'boolean') return fc.boolean()
    if (schema.type === 'null') return fc.constant(null)
    if (/(^|_)ids?$|attachments/.test(name)) return someId
    if (schema.pattern) return patterned(new RegExp(schema.pattern, 'u'))
    if (schema.type === 'string') return fc.oneof(fc.string({ unit: 'grapheme', maxLength: 40 }), fc.constantFrom(...nasty))
    return odd
  }

  return { someId, fitting }
}
