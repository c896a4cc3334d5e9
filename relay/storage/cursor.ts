// Where a page of a list ends: the values that order its last row, as a text that says nothing to whoever holds it.
import { Refused } from '#protocol'

type Kinds = { number: number; text: string }
type Values<K extends readonly (keyof Kinds)[]> = { [I in keyof K]: Kinds[K[I]] }

export type Cursor<V extends readonly unknown[]> = {
  write(...values: V): string
  /** Null for none, which is the first page. Throws VALIDATION for whatever this list has not written. */
  read(text: string | null | undefined): V | null
}

/** `list`: its name, so that no other list takes it for one of its own. Numbers are whole, from 0 on. */
export function createCursor<const K extends readonly (keyof Kinds)[]>(list: string, ...kinds: K): Cursor<Values<K>> {
  const written = (values: readonly unknown[]): string => Buffer.from(JSON.stringify([list, ...values])).toString('base64url')

  function parsed(text: string): unknown {
    try {
      return JSON.parse(Buffer.from(text, 'base64url').toString())
    } catch {
      return null
    }
  }

  const fits = (values: readonly unknown[]): values is Values<K> =>
    values.length === kinds.length && kinds.every((kind, at) => (kind === 'text' ? typeof values[at] === 'string' : Number.isSafeInteger(values[at]) && (values[at] as number) >= 0))

  return {
    write: (...values) => written(values),
    read(text) {
      if (!text) return null
      const found = parsed(text)
      const [of, ...values] = Array.isArray(found) ? (found as unknown[]) : []
      // Spelled otherwise than we do it, it is not one of ours either.
      if (of !== list || !fits(values) || written(values) !== text) throw new Refused('VALIDATION', 'cursor: not one of this list')
      return values
    },
  }
}
