// Keeps where a session's Claude was told that each file lies, so that nothing that comes or goes later moves it.
import type { Storage } from '../storage/storage.ts'
import type { FileRows } from './file-rows.ts'
import { handedPaths } from './handed-paths.ts'

/** Only of those that have none: what Claude was told once holds. */
const keepSql = 'UPDATE files SET handed_path = given.value FROM json_each(?) AS given WHERE files.id = given.key AND files.handed_path IS NULL'

export function createHandedPlaces(storage: Pick<Storage, 'commit'>, rows: Pick<FileRows, 'everOf' | 'handedOf'>) {
  /** The last of each session that gives places: two would give the same one twice. */
  const giving = new Map<string, Promise<unknown>>()

  async function give(sessionId: string): Promise<void> {
    // A deleted one keeps its path: what Claude read there once is never something else.
    const ever = await rows.everOf(sessionId)
    const paths = handedPaths(ever)
    const given = Object.fromEntries(ever.flatMap(({ id, path }) => (path === null ? [[id, paths.get(id)!]] : [])))
    if (Object.keys(given).length > 0) await storage.commit({ statements: [{ sql: keepSql, params: [JSON.stringify(given)] }] })
  }

  /** All living files of a session, oldest first. */
  return async function handedTo(sessionId: string): Promise<{ id: string; path: string }[]> {
    for (;;) {
      const handed = await rows.handedOf(sessionId)
      if (handed.every((each): each is { id: string; path: string } => each.path !== null)) return handed
      const mine = (giving.get(sessionId) ?? Promise.resolve()).then(() => give(sessionId))
      const settled = mine.catch(() => undefined)
      giving.set(sessionId, settled)
      await mine.finally(() => giving.get(sessionId) === settled && giving.delete(sessionId))
    }
  }
}
