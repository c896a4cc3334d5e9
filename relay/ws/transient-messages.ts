// Messages that change nothing that is kept: who listens to what, whose caret is where, who is typing.
import { parseChannel, sessionChannel, type DataFromBrowser } from '#protocol'
import type { Answers } from '../answers/answers.ts'
import type { Identity } from '../auth/auth.ts'
import type { Files } from '../files/files.ts'
import type { Metrics } from '../observability/metrics.ts'
import type { Sessions } from '../sessions/sessions.ts'
import type { Connection } from './connection.ts'
import { createJoinCollaboration } from './join-collaboration.ts'
import type { Subscriptions, SubscriptionServices } from './subscriptions.ts'
import type { Uploads } from '../uploads/uploads.ts'
import type { UploadChunks } from './upload-chunks.ts'
import { warmFor } from './warm-ahead.ts'

type TransientType = 'ping' | 'subscribe' | 'unsubscribe' | 'join_collaboration' | 'leave_collaboration' | 'cursor_update' | 'typing' | 'upload_chunk'
type Context = { connection: Connection; who: Identity; channel: string | null; succeed: (result: object) => void }
export type TransientMessages = { [T in TransientType]: (context: Context, data: DataFromBrowser[T]) => Promise<void> }

/** What messages of any kind call. */
export type CommandServices = SubscriptionServices & { answers: Answers; sessions: Sessions; files: Files; uploads: Uploads; chunks: UploadChunks; metrics?: Pick<Metrics, 'add'> }

export function createTransientMessages(services: CommandServices, subscriptions: Subscriptions): TransientMessages {
  const { auth, executions, presence } = services
  const join = createJoinCollaboration(services, subscriptions)

  return {
    ping: async () => undefined,
    async subscribe({ connection, who, channel, succeed }, want) {
      await subscriptions.subscribe(connection, who, channel!, want, succeed)
      const { kind, id } = parseChannel(channel!)!
      if (kind === 'session') warmFor(executions, who, id!, await auth.standing(who, id!))
    },
    async unsubscribe({ connection, channel, succeed }) {
      subscriptions.unsubscribe(connection, channel!)
      succeed({ channel })
    },
    join_collaboration: ({ connection, who, succeed }, data) => join(connection, who, data, succeed),
    async leave_collaboration({ connection, succeed }, { session_id }) {
      subscriptions.unsubscribe(connection, sessionChannel(session_id))
      succeed({ session_id })
    },
    async cursor_update({ who, connection, succeed }, data) {
      await auth.may(who, 'type', data.session_id)
      presence.caret(data.session_id, connection.id, { userId: who.userId, username: who.name }, data)
      succeed({})
    },
    // Kept by its place in the file, and not by its id.
    upload_chunk: async ({ who, succeed }, data) => succeed(await services.chunks.chunk(who, data)),
    async typing({ who, succeed }, { session_id }) {
      await auth.may(who, 'type', session_id)
      presence.typing(session_id, { userId: who.userId, username: who.name })
      executions.warm(session_id)
      succeed({})
    },
  }
}
