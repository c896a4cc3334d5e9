// How lists that come in pages are asked for.
import * as z from 'zod/mini'
import { optional } from './ids.ts'

/** `cursor`: the `next` of the page before; it holds what the list is ordered by, a name too. */
export const paging = (mostRows: number) => ({
  limit: optional(z.coerce.number().check(z.int(), z.minimum(1), z.maximum(mostRows))),
  cursor: optional(z.string().check(z.maxLength(4_096))),
})
