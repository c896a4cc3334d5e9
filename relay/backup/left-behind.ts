// What does not come back with a restore, though it was in the backup: prompts whose authors may not ask any more, and folders of this machine.
import { statSync } from 'node:fs'
import type { Storage } from '../storage/storage.ts'

/** `prompts`: those that waited and will be cancelled at the next start. `folders`: with how many sessions lie in them. */
export type LeftBehind = { prompts: { username: string; title: string; count: number }[]; folders: { path: string; sessions: number }[] }

const isFolder = (path: string): boolean => {
  try {
    return statSync(path).isDirectory()
  } catch {
    return false
  }
}

/** Of a database that is restored already, with the accounts of now. */
export async function leftBehind(storage: Pick<Storage, 'query'>): Promise<LeftBehind> {
  const prompts = await storage.query<LeftBehind['prompts'][number]>(`SELECT u.name AS username, s.title, COUNT(*) AS count FROM queued_prompts q
    JOIN users u ON u.id = q.user_id JOIN sessions s ON s.id = q.session_id
    WHERE q.role = 'user' AND s.deleted_at IS NULL AND (u.deleted_at IS NOT NULL OR u.role = 'viewer') GROUP BY u.id, s.id ORDER BY u.name_key, s.title_key`)
  const folders = await storage.query<LeftBehind['folders'][number]>(`SELECT w.path, COUNT(*) AS sessions FROM workspaces w
    JOIN sessions s ON s.workspace_id = w.id WHERE w.removed_at IS NULL AND s.deleted_at IS NULL GROUP BY w.id ORDER BY w.path`)
  return { prompts, folders: folders.filter(({ path }) => !isFolder(path)) }
}
