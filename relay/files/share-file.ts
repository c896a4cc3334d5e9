// Gives a file to another session: a file of its own there, over the same bytes.
import { sessionChannel } from '#protocol'
import type { Asked } from '../answers/answers.ts'
import type { Auth, Identity } from '../auth/auth.ts'
import { commitOrRefuse, type Channels } from '../channels/channels.ts'
import type { Clock } from '../clock.ts'
import type { Statement } from '../storage/storage.ts'
import { type FileRow, told } from './file-rows.ts'
import type { FileRoom } from './quotas.ts'

/** Only what is not deleted at that very moment: whose bytes go with their last row has none of them then. */
const copySql = `INSERT INTO files (id, session_id, user_id, filename, folder, content_type, size, sha256, blob, created_at)
  SELECT ?, ?, ?, filename, folder, content_type, size, sha256, blob, ? FROM files WHERE id = ? AND deleted_at IS NULL`

type Dependencies = {
  channels: Pick<Channels, 'publish'>
  auth: Pick<Auth, 'may' | 'audit'>
  clock: Pick<Clock, 'now'>
  newId: () => string
  quotas: FileRoom
  /** The file, if the asker may share it. */
  mayShare(who: Identity, fileId: string): Promise<FileRow>
}

export function createShareFile({ channels, auth, clock, newId, quotas, mayShare }: Dependencies) {
  /** Whoever is told of it there learns nothing of where it came from. TOO_LARGE when the session or the sharer has no room for it. */
  return async function share(asked: Asked, fileId: string, targetSessionId: string): Promise<{ file_id: string }> {
    const { who } = asked
    const source = await mayShare(who, fileId)
    await auth.may(who, 'share_file', targetSessionId)
    // It is there.
    if (source.session_id === targetSessionId) return { file_id: fileId }
    const room = [quotas.ofUser(who.userId), quotas.ofSession(targetSessionId)]
    await quotas.refuseFull(room, [source])
    const row: FileRow = { ...source, id: newId(), session_id: targetSessionId, user_id: who.userId, username: who.name, created_at: clock.now() }
    const statements: Statement[] = [
      { sql: copySql, params: [row.id, targetSessionId, who.userId, row.created_at, fileId], changes: 1 },
      quotas.within(room, row.id),
      ...(source.session_id ? [auth.audit(who, 'file.share', { file_id: fileId, filename: row.filename, shared_as: row.id }, source.session_id)] : []),
    ]
    const result = { file_id: row.id }
    await commitOrRefuse(channels, { statements, events: [{ channel: sessionChannel(targetSessionId), type: 'file_shared', data: told(row) }], ...asked.answering(result) })
    return result
  }
}
