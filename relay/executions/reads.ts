// What others may know of a session's turns. Asks nobody's rights: the caller has checked them.
import type { ContextUsage, Offers, PermissionRequest, Queue } from '#protocol'
import { offered } from './cli-commands.ts'
import type { Dependencies } from './dependencies.ts'
import { readExecution } from './kept-executions.ts'
import { queueOf } from './lane-state.ts'
import type { Rooms } from './rooms.ts'
import { readWhole } from './rows.ts'

export function createReads({ claude, storage }: Dependencies, rooms: Rooms) {
  return {
    /** Turns that run, prompts that wait. Every session that has one of these is known since the start. */
    counts() {
      const states = rooms.all().flatMap(({ run }) => run.peek() ?? [])
      const sum = (of: (state: (typeof states)[number]) => number) => states.reduce((all, state) => all + of(state), 0)
      return { running: sum((state) => (state.turn ? 1 : 0)), waiting: sum(({ queue }) => queue.length) }
    },
    /** Questions of Claude that wait for people, also of sessions that nobody has used since the start. */
    async openQuestions(): Promise<number> {
      const [row] = await storage.query<{ count: number }>("SELECT COUNT(*) AS count FROM permissions p JOIN sessions s ON s.id = p.session_id WHERE p.status = 'open' AND s.deleted_at IS NULL")
      return Number(row!.count)
    },
    /** The whole queue of a session. */
    queueOf: async (sessionId: string): Promise<Queue> => queueOf(sessionId, await rooms.of(sessionId).run.look()),
    /** The session that an execution belongs to, null when there is none. */
    sessionOf: async (executionId: string): Promise<string | null> => (await readExecution(storage, executionId))?.sessionId ?? null,
    /** The open permission requests of a session, oldest first. */
    openPermissionsOf: async (sessionId: string): Promise<PermissionRequest[]> =>
      (await rooms.of(sessionId).run.look()).asked.map(({ request }) => request),
    /** A tool's input or output that was too long for its event, as text; null when none was kept. */
    wholeOf: (sessionId: string, toolUseId: string, part: 'input' | 'output'): Promise<string | null> => readWhole(storage, sessionId, toolUseId, part),
    /** What the CLI offers in a session: slash commands that pass as prompts once a process of it has run, models once any has. */
    offersOf: (sessionId: string): Offers => ({ commands: offered(rooms.known(sessionId)?.run.link?.commands() ?? []), models: claude.models() }),
    /** What fills the context window; null when no process of the session runs. */
    contextOf: async (sessionId: string): Promise<ContextUsage | null> => (await rooms.known(sessionId)?.run.link?.contextUsage()) ?? null,
  }
}
