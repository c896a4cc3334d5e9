// What a person writes in a session: kept on the device until it is sent, and the others see that somebody types.
import { ref } from 'vue'
import type { Clock } from '../clock.ts'
import type { Connection } from '../connection/connection.ts'
import { createDraft } from './drafts.ts'
import type { KeyValue } from './use-services.ts'

/** The least time between two typing signs. */
const TYPING_SIGN_MS = 3_000

export function createWriting({ connection, storage, clock, sessionId }: { connection: Pick<Connection, 'send'>; storage: KeyValue; clock: Clock; sessionId: string }) {
  const drafts = createDraft({ storage, clock, sessionId })
  const draft = ref('')
  let signedAt = -TYPING_SIGN_MS

  function setDraft(text: string): void {
    draft.value = text
    drafts.write(text)
    if (text === '' || clock.elapsed() - signedAt < TYPING_SIGN_MS) return
    signedAt = clock.elapsed()
    connection.send('typing', { session_id: sessionId })
  }

  return {
    draft,
    setDraft,
    /** What an earlier visit left. */
    read: () => void (draft.value = drafts.read()),
    /** The field is empty at once; the device forgets the draft only when the outbox has it. */
    sent(stored: Promise<void>): void {
      draft.value = ''
      void stored.then(() => draft.value === '' && drafts.write(''))
    },
    putBack: (text: string): void => setDraft(draft.value.trim() === '' ? text : `${draft.value}\n\n${text}`),
    flush: drafts.flush,
  }
}
