// What a backup says about itself, as its last entry: a file that was cut off has none.
import * as z from 'zod/mini'
import { Damaged, type Entry } from './archive.ts'

const entry = z.object({ name: z.string(), bytes: z.number(), sha256: z.string() })
export const counted = ['users', 'sessions', 'executions', 'events'] as const

const manifest = z.object({
  format: z.literal('ensemble-backup'),
  version: z.literal(1),
  made_at: z.number(),
  ensemble: z.string(),
  epoch: z.string(),
  /** Of a demo: nothing that anybody wrote in earnest. Absent in older ones. */
  demo: z.optional(z.boolean()),
  counts: z.record(z.enum(counted), z.number()),
  entries: z.array(entry),
  /** Uploaded files that had a row and no bytes. */
  missing: z.array(z.string()),
})
export type Manifest = z.infer<typeof manifest>

export const databaseName = 'ensemble.sqlite'
export const manifestName = 'manifest.json'
export const fileName = (blob: string) => `files/${blob}`

/** Of a file that was read: what is in it is what it says that it holds. Throws `Damaged`. */
export function checkedManifest(text: string | null, entries: readonly Entry[]): Manifest {
  if (text === null) throw new Damaged('it has no list of what it holds, so it was never finished')
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new Damaged('its list of what it holds cannot be read')
  }
  const read = manifest.safeParse(value)
  if (!read.success) throw new Damaged('it was not made by this kind of Ensemble')
  const found = new Map(entries.map((each) => [each.name, each]))
  for (const { name, bytes, sha256 } of read.data.entries) {
    const there = found.get(name)
    if (there?.bytes !== bytes || there.sha256 !== sha256) throw new Damaged(`${name} in it is ${there ? 'damaged' : 'missing'}`)
  }
  if (read.data.entries.length !== entries.length - 1 || !found.has(databaseName)) throw new Damaged('it holds something else than it says')
  return read.data
}
