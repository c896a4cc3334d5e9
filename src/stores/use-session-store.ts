// One open session: what one reads there, what waits, what one is writing, and everything one can do there.
import { defineStore, getActivePinia } from 'pinia'
import type { Delivery } from '../connection/connection.ts'
import { createSessionActions, type Prompt } from './session-actions.ts'
import { createSessionOutbox } from './session-outbox.ts'
import { createReading } from './session-reading.ts'
import { createStanding } from './session-standing.ts'
import { createStopping } from './session-stopping.ts'
import { createVisit } from './session-visit.ts'
import { createWriting } from './session-writing.ts'
import { useServices } from './use-services.ts'

export type SessionStore = ReturnType<typeof useSessionStore>

/** The store of this session; the same for everyone who asks with the same id. */
export function useSessionStore(id: string) {
  return defineStore(`session:${id}`, () => setUp(id))()
}

function setUp(sessionId: string) {
  const { connection, clock, storage } = useServices()
  const pinia = getActivePinia()!

  const { interrupt: interruptExecution, send, ...actions } = createSessionActions(connection, sessionId)
  const writing = createWriting({ connection, storage, clock, sessionId })
  const outbox = createSessionOutbox(connection.outbox, sessionId, writing.putBack)
  const reading = createReading(sessionId, {
    loaded: outbox.forget,
    taken(timeline, facts) {
      outbox.settle(timeline, facts)
      stopping.look()
    },
  })
  const stopping = createStopping(reading.shown.timeline, { interrupt: interruptExecution })

  function prompt(what: Prompt): Delivery<'claude_message'> {
    const delivery = send(what)
    outbox.follow(delivery)
    writing.sent(delivery.stored)
    return delivery
  }

  const visit = createVisit(sessionId, {
    opened() {
      writing.read()
      outbox.look()
      return reading.open()
    },
    left: reading.close,
    outdated: reading.outdated,
    keep() {
      writing.flush()
      reading.keep()
    },
    forgotten() {
      outbox.stop()
      useSessionStore(sessionId).$dispose()
      delete pinia.state.value[`session:${sessionId}`]
    },
  })

  return {
    ...reading.shown,
    ...createStanding(reading.facts, reading.reader),
    ...{ draft: writing.draft, setDraft: writing.setDraft },
    ...{ outbox: outbox.items, retry: outbox.retry, discard: outbox.discard, takeBack: outbox.takeBack },
    ...{ stoppingId: stopping.stoppingId, interrupt: stopping.interrupt },
    ...visit,
    prompt,
    ...actions,
  }
}
