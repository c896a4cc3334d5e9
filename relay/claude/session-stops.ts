// The ways in which a session's Claude is stopped: its turn, its process, all of it.
import type { createPromptLine } from './prompt-line.ts'
import type { SessionProcess } from './session-process.ts'
import type { Interruption, Stopped } from './stop-turn.ts'

export function createSessionStops(behind: SessionProcess, line: ReturnType<typeof createPromptLine>, closed: () => void) {
  /** Ends the process. The session stays and is cold. */
  async function end(): Promise<void> {
    await behind.current()?.end('stopped')
  }

  return {
    /**
     * Ends the running turn, or the one that is about to begin: softly, and after 10 s by ending the process. Resolves once `turnEnded` (or
     * `ended` with the lost prompt) was told. A `send` that still waits for a process rejects with CONFLICT.
     */
    async interrupt(how?: Interruption): Promise<Stopped> {
      const isOnTheWay = !line.isEmpty()
      line.stop()
      behind.withdraw()
      const process = behind.current()
      if (process !== null && (process.inTurn() || !isOnTheWay)) return process.interrupt(how)
      return isOnTheWay ? 'interrupted' : 'nothing'
    },
    /** Of the running process, beside its conversation; what they have come to is told. */
    stopAgents: async (): Promise<void> => behind.current()?.stopAgents(),
    end,
    /** Ends the process and forgets the session. */
    async close(): Promise<void> {
      behind.close()
      await end()
      closed()
    },
    shutDown: behind.shutDown,
  }
}
