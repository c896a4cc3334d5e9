// What people do to a session's turns besides prompting: commands, answers to Claude's questions, the queue.
import { Refused, type CommandMessage, type PermissionResponse, type QueueUpdate } from '#protocol'
import type { Asked } from '../answers/answers.ts'
import { notFound } from '../sessions/sessions.ts'
import type { Dependencies } from './dependencies.ts'
import { readRequest } from './kept-requests.ts'
import type { Room, Rooms } from './rooms.ts'

export function createChanges({ auth, storage }: Dependencies, rooms: Rooms, refuseWhileDraining: () => void) {
  /** A session that is not there, or not the asker's to see, leaves no trace here. */
  async function visible({ who }: Asked, sessionId: string): Promise<Room> {
    await auth.sees(who, sessionId)
    return rooms.of(sessionId)
  }

  return {
    /** Carries out a command of a session, those of sessions and workspaces included. Answers with the command's result. */
    async command(asked: Asked, message: CommandMessage): Promise<object> {
      const { commands } = await visible(asked, message.session_id)
      if (message.command !== 'interrupt') refuseWhileDraining()
      return commands.carryOut(asked, message)
    },
    /** The first answer to a permission request wins; CONFLICT says who gave it and what it was. */
    async answer(asked: Asked, response: PermissionResponse): Promise<object> {
      const { who } = asked
      refuseWhileDraining()
      const kept = await readRequest(storage, response.request_id)
      const sessionId = kept?.request.session_id
      if (!sessionId || (response.session_id && response.session_id !== sessionId)) throw notFound()
      await auth.may(who, 'answer', sessionId)
      if (who.kind === 'api' && !who.scopes?.includes('approve')) throw new Refused('FORBIDDEN', 'this token may not answer permission requests')
      return rooms.of(sessionId).permissions.answer(asked, response)
    },
    /** Moves, edits, cancels or sends a waiting prompt. */
    async updateQueue(asked: Asked, update: QueueUpdate): Promise<object> {
      refuseWhileDraining()
      return (await visible(asked, update.session_id)).queue.update(asked, update)
    },
  }
}
