// DOOR of executions: what a turn is, who waits for it, who must allow what. No prompt is lost, none runs twice.
import type { ClaudeMessage, CommandMessage, PermissionMode, PermissionRequest, PermissionResponse, Queue, QueueUpdate } from '#protocol'
import type { Asked } from '../answers/answers.ts'

/** What a prompt became. `queue_position` 0 runs now, n waits behind n - 1 others; a steer belongs to the running execution. */
export type Prompted = { session_id: string; message_id: string; execution_id: string; queue_position: number }

/** Refusals are thrown as `Refused`; every change checks the asker's rights itself and answers in the commit of its effect. */
export type Executions = {
  /** Without `session_id`: a new session in the default workspace, titled by the prompt. */
  prompt(asked: Asked, message: ClaudeMessage): Promise<Prompted>
  /** Carries out a command of a session, those of sessions and workspaces included. Answers with the command's result. */
  command(asked: Asked, message: CommandMessage): Promise<object>
  /** The first answer to a permission request wins; CONFLICT says who gave it and what it was. */
  answer(asked: Asked, response: PermissionResponse): Promise<object>
  /** Moves, edits, cancels or sends a waiting prompt. */
  updateQueue(asked: Asked, update: QueueUpdate): Promise<object>
  /** What `set_model` and `set_permission_mode` do, for the REST door of sessions. */
  setModel(asked: Asked, sessionId: string, model: string): Promise<object>
  setPermissionMode(asked: Asked, sessionId: string, mode: PermissionMode): Promise<object>

  /** The whole queue of a session. The caller has checked that the asker may read it. */
  queueOf(sessionId: string): Promise<Queue>
  /** The open permission requests of a session, oldest first. The caller has checked that the asker may read them. */
  openPermissionsOf(sessionId: string): Promise<PermissionRequest[]>

  /** The session an execution belongs to, null when there is no such execution. Asks nobody's rights. */
  sessionOf(executionId: string): Promise<string | null>

  /** Somebody is typing: a process for the session is started ahead. Never fails. */
  warm(sessionId: string): void
  /** The session is gone (deleted): ends its turn and process, cancels its queue, withdraws what was asked. */
  discard(sessionId: string): Promise<void>

  /** Before listening: settles what the last run left open. Nothing runs twice. */
  boot(): Promise<void>
  /** No new prompts (DRAINING), running turns interrupted and told, lanes empty when it resolves. */
  stop(): Promise<void>
}
