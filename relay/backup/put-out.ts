// Who may less now than at the time of a backup: what a restore must not give back. A backup cannot know it, the database in its place does.
import { Database } from 'bun:sqlite'
import { existsSync } from 'node:fs'
import type { GlobalRole } from '#protocol'
import { keepRemoved } from '../auth/auth.ts'
import type { Statement } from '../storage/storage.ts'

export type UserRow = { id: string; name: string; role: GlobalRole; password_hash: string | null; deleted_at: number | null }
export const usersSql = 'SELECT id, name, role, password_hash, deleted_at FROM users ORDER BY name_key'

/** Names of users. `password`: whose password is the one of now, or none as now. `unknown`: nothing can be said of them. */
export type KeptOut = { removed: string[]; lowered: string[]; password: string[]; unknown: string[] }

const rank: Record<GlobalRole, number> = { viewer: 0, user: 1, admin: 2 }

/** Of the database that a restore takes the place of. `none`: there is none · `unreadable`: it is damaged, or something else. */
export function usersOfNow(path: string): UserRow[] | 'none' | 'unreadable' {
  if (!existsSync(path)) return 'none'
  try {
    const database = new Database(path, { readonly: true, strict: true })
    try {
      return database.query(usersSql).all() as UserRow[]
    } finally {
      database.close()
    }
  } catch {
    return 'unreadable'
  }
}

/** By id: whom one of both does not know stays as they are. */
export function keepOut(restored: readonly UserRow[], now: readonly UserRow[]): { statements: Statement[]; keptOut: KeptOut } {
  const known = new Map(now.map((user) => [user.id, user]))
  const statements: Statement[] = []
  const keptOut: KeptOut = { removed: [], lowered: [], password: [], unknown: [] }
  for (const { id, name, role, password_hash } of restored.filter(({ deleted_at }) => deleted_at === null)) {
    const user = known.get(id)
    if (!user) {
      keptOut.unknown.push(name)
      continue
    }
    if (user.deleted_at !== null) {
      keptOut.removed.push(name)
      statements.push(keepRemoved(id, user.deleted_at))
      continue
    }
    if (rank[user.role] < rank[role]) {
      keptOut.lowered.push(name)
      statements.push({ sql: 'UPDATE users SET role = ? WHERE id = ?', params: [user.role, id], changes: 1 })
    }
    if (user.password_hash !== password_hash) {
      keptOut.password.push(name)
      statements.push({ sql: 'UPDATE users SET password_hash = ? WHERE id = ?', params: [user.password_hash, id], changes: 1 })
    }
  }
  return { statements, keptOut }
}

/** Nobody can say whose it still is. */
export const dropPasswords: Statement = { sql: 'UPDATE users SET password_hash = NULL' }
