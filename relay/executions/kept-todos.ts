// The todo list of a session as its last event told it: Claude tells single changes, and a relay that was restarted has to know of what.
import { sessionChannel, type Progress, type Todo } from '#protocol'
import type { Storage } from '../storage/storage.ts'

/** Empty when nothing was planned since the context was cleared. What people wrote cannot match: its quotes are escaped in the row. */
export async function readTodos(storage: Pick<Storage, 'query'>, sessionId: string): Promise<readonly Todo[]> {
  const channel = sessionChannel(sessionId)
  const cleared = `SELECT MAX(seq) FROM events WHERE channel = ? AND type = 'log' AND data LIKE '%"code":"cleared"%'`
  const sql = `SELECT data FROM events WHERE channel = ? AND type = 'progress' AND data LIKE '%"edit_info":{"type":"todo"%'
    AND data LIKE '%"progress_type":"tool_end"%' AND seq > COALESCE((${cleared}), 0) ORDER BY seq DESC LIMIT 1`
  const [row] = await storage.query<{ data: string }>(sql, [channel, channel])
  const told = row && (JSON.parse(row.data) as Progress).edit_info
  return told?.type === 'todo' ? told.todos : []
}
