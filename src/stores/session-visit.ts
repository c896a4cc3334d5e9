// A session is opened, left, and forgotten when many others were visited since.
import { watch } from 'vue'
import { useConnectionStore } from './use-connection-store.ts'
import { useServices } from './use-services.ts'
import { useSessionsStore } from './use-sessions-store.ts'
import { useVisitedStore } from './use-visited-store.ts'

type Visited = {
  opened(): Promise<void>
  left(): void
  /** The link is gone, or nobody listens: what is shown grows old. */
  outdated(): void
  /** What was written and read a moment ago. */
  keep(): void
  forgotten(): void
}

export function createVisit(sessionId: string, { opened, left, outdated, keep, forgotten }: Visited) {
  const { onHidden } = useServices()
  const link = useConnectionStore()
  const visits = useVisitedStore()
  const sessions = useSessionsStore()
  const stops = [watch(() => link.isUp, (up) => void (!up && outdated()), { flush: 'sync' }), onHidden(keep)]

  async function open(): Promise<void> {
    visits.visit(sessionId, forget)
    sessions.enter(sessionId)
    await opened()
  }

  /** Stops listening; what was read stays, and is continued when it is opened again. */
  function leave(): void {
    left()
    sessions.leave(sessionId)
    outdated()
    keep()
  }

  function forget(): void {
    leave()
    for (const stop of stops) stop()
    forgotten()
  }

  return { open, leave }
}
