// What a person can do in a session besides saying something, each as one command to the relay.
import type { CommandMessage, PermissionMode, PermissionResponse, RuleSuggestion, SessionRole } from '#protocol'
import type { AnswerOf, Connection, Outcome } from '../connection/connection.ts'

export type PermissionAnswer = {
  behavior: 'allow' | 'deny'
  scope?: 'once' | 'session' | 'always'
  /** Why not: Claude reads it. */
  message?: string
  updatedInput?: Record<string, unknown>
  /** Of a question, by its text. */
  answers?: Record<string, unknown>
  /** The rule that `always` and `session` mean. */
  rule?: RuleSuggestion
}

/** All but `interrupt` go through the outbox: they are kept until the relay has answered, over reloads and lost links. */
export function createSessionCommands(connection: Pick<Connection, 'deliver' | 'request'>, sessionId: string) {
  const session = { session_id: sessionId }
  const command = async (message: { command: CommandMessage['command']; args?: object }): Promise<Outcome<AnswerOf<'command'>>> =>
    connection.deliver('command', { ...session, ...message } as CommandMessage).answer

  return {
    /** UNREACHABLE without a link: stopping later would stop something else. */
    interrupt: (executionId: string) => connection.request('command', { ...session, command: 'interrupt', args: { execution_id: executionId } }),
    hold: () => command({ command: 'hold' }),
    goOn: () => command({ command: 'continue' }),

    /** `before` null: to the end. */
    queueMove: (messageId: string, before: string | null) => connection.deliver('queue_update', { ...session, message_id: messageId, action: 'move', before }).answer,
    /** `attachments`: all that go with it now; left out, those it had. So for `rewind`. */
    queueEdit: (messageId: string, content: string, attachments?: string[]) =>
      connection.deliver('queue_update', { ...session, message_id: messageId, action: 'edit', content, attachments }).answer,
    queueCancel: (messageId: string) => connection.deliver('queue_update', { ...session, message_id: messageId, action: 'cancel' }).answer,
    queueSendNow: (messageId: string) => connection.deliver('queue_update', { ...session, message_id: messageId, action: 'send_now' }).answer,

    answer: (requestId: string, { behavior, scope, message, updatedInput, answers, rule }: PermissionAnswer) =>
      connection.deliver('permission_response', { ...session, request_id: requestId, behavior, scope, message, updated_input: updatedInput, answers, rule } satisfies PermissionResponse)
        .answer,

    /** Goes back to before a prompt; with `content` that is sent in its place. */
    rewind: (messageId: string, content?: string, attachments?: string[]) => command({ command: 'rewind', args: { message_id: messageId, content, attachments } }),
    clear: () => command({ command: 'clear' }),
    compact: () => command({ command: 'compact' }),
    stopProcess: () => command({ command: 'stop_process' }),
    rename: (title: string) => command({ command: 'rename', args: { title } }),
    setModel: (model: string) => command({ command: 'set_model', args: { model } }),
    setPermissionMode: (mode: PermissionMode) => command({ command: 'set_permission_mode', args: { permission_mode: mode } }),
    setVisibility: (visibility: 'workspace' | 'private') => command({ command: 'set_visibility', args: { visibility } }),
    /** Answers with the new session's id. */
    fork: (options: { atSeq?: number; title?: string } = {}) => command({ command: 'fork', args: { at_seq: options.atSeq, title: options.title } }),

    invite: (userId: string, role: SessionRole) => connection.deliver('invite_user', { ...session, target_user_id: userId, role }).answer,
    removePerson: (userId: string) => connection.deliver('remove_user', { ...session, target_user_id: userId }).answer,
    setRole: (userId: string, role: SessionRole) => connection.deliver('set_role', { ...session, target_user_id: userId, role }).answer,
  }
}
