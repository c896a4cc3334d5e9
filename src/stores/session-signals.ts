// What passes and is not kept: who is here, who types, whose caret is where, what is being uploaded.
import { shallowRef } from 'vue'
import type { CursorMoved, FromRelay, Presence, UploadProgress } from '#protocol'
import type { Clock } from '../clock.ts'
import { createTypingPeople, type TypingPerson } from './typing-people.ts'

/** `at`: when it was told last, ms since 1970. */
export type ToldUpload = UploadProgress & { at: number }

export function createSessionSignals(clock: Clock, me: () => string) {
  const presence = shallowRef<Presence['people']>([])
  const typing = shallowRef<readonly TypingPerson[]>([])
  const carets = shallowRef<ReadonlyMap<string, CursorMoved>>(new Map())
  /** By file. Whoever shows them leaves out those that have fallen silent. */
  const uploading = shallowRef<ReadonlyMap<string, ToldUpload>>(new Map())
  const typists = createTypingPeople(clock, (people) => (typing.value = people.filter((each) => each.userId !== me())))

  return {
    presence,
    typing,
    carets,
    uploading,
    take(signal: FromRelay): void {
      if (signal.type === 'presence') presence.value = signal.data.people
      if (signal.type === 'typing') typists.sign(signal.data)
      if (signal.type === 'upload_progress') uploading.value = new Map(uploading.value).set(signal.data.file_id, { ...signal.data, at: clock.now() })
      if (signal.type === 'cursor_moved') carets.value = new Map(carets.value).set(signal.data.user_id, signal.data)
    },
    /** They sent what they typed. */
    said: typists.forget,
    clear: typists.clear,
  }
}
