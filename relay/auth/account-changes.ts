// Feels changes of accounts and rights: those of this process at once, those of the command line within half a second.
import type { Clock, Timer } from '../clock.ts'
import type { Log } from '../observability/log.ts'
import { StorageError, type Statement, type Storage } from '../storage/storage.ts'

const pollMs = 500

/** Goes into every commit that changes users, sign-ins or rights, so that other processes notice. */
export const raiseVersion: Statement = { sql: 'UPDATE account_changes SET version = version + 1' }

/** `forget`: what is remembered of rights, which the listeners are about to ask for. */
export function createAccountChanges({ storage, clock, log, forget }: { storage: Storage; clock: Clock; log: Log; forget: () => void }) {
  const listeners = new Set<(userIds: readonly string[] | null) => void>()
  let known: number | null = null
  let timer: Timer | null = null

  function tell(userIds: readonly string[] | null): void {
    for (const listener of [...listeners]) listener(userIds)
  }

  async function look(): Promise<void> {
    try {
      const [row] = await storage.query<{ version: number }>('SELECT version FROM account_changes')
      const version = Number(row?.version ?? 0)
      const changed = known !== null && known !== version
      known = version
      if (!changed) return
      forget()
      tell(null)
    } catch (error) {
      if (!(error instanceof StorageError)) throw error
      if (error.code === 'closed') return stop()
      log.warn('accounts could not be looked at', { error })
    }
  }

  function stop(): void {
    timer?.cancel()
    timer = null
  }

  return {
    watch(listener: (userIds: readonly string[] | null) => void): () => void {
      listeners.add(listener)
      if (timer === null) {
        void look()
        timer = clock.every(() => void look(), pollMs)
      }
      return () => {
        listeners.delete(listener)
        if (listeners.size === 0) stop()
      }
    },
    tell,
    stop,
  }
}
