// What passes and is not kept: who is here, who types, whose caret is where.
import { shallowRef } from 'vue'
import type { CursorMoved, FromRelay, Presence } from '#protocol'
import type { Clock } from '../clock.ts'
import { createTypingPeople, type TypingPerson } from './typing-people.ts'

export function createSessionSignals(clock: Clock, me: () => string) {
  const presence = shallowRef<Presence['people']>([])
  const typing = shallowRef<readonly TypingPerson[]>([])
  const carets = shallowRef<ReadonlyMap<string, CursorMoved>>(new Map())
  const typists = createTypingPeople(clock, (people) => (typing.value = people.filter((each) => each.userId !== me())))

  return {
    presence,
    typing,
    carets,
    take(signal: FromRelay): void {
      if (signal.type === 'presence') presence.value = signal.data.people
      if (signal.type === 'typing') typists.sign(signal.data)
      if (signal.type === 'cursor_moved') carets.value = new Map(carets.value).set(signal.data.user_id, signal.data)
    },
    /** They sent what they typed. */
    said: typists.forget,
    clear: typists.clear,
  }
}
