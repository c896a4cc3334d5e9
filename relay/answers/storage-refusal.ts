// A storage that has no room, is held or was taken away: whoever asked may ask again, nothing was changed.
import { Refused } from '#protocol'
import { StorageError } from '../storage/storage.ts'

/** What the doors make of it, whatever was asked, signing in as well. Anything else stays what it is. */
export function storageRefusal(problem: unknown): unknown {
  if (!(problem instanceof StorageError)) return problem
  if (problem.code === 'full') return new Refused('BUSY', 'no room on the disk of the relay; nothing was changed', { retryAfterMs: 5_000 })
  if (problem.code === 'locked') return new Refused('BUSY', 'the database is held by another program; nothing was changed', { retryAfterMs: 1_000 })
  if (problem.code === 'corrupt') return new Refused('BUSY', 'the database of the relay is damaged, gone or replaced; nothing was changed', { retryAfterMs: 5_000 })
  return problem
}
