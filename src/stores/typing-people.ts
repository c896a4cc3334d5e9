// Who types in a session right now: a sign holds for four seconds.
import type { Typing } from '#protocol'
import type { Clock, Timer } from '../clock.ts'

const HOLDS_MS = 4_000

export type TypingPerson = { userId: string; name: string }

export function createTypingPeople(clock: Clock, onChange: (people: readonly TypingPerson[]) => void) {
  const people = new Map<string, TypingPerson & { timer: Timer }>()
  const tell = () => onChange([...people.values()].map(({ userId, name }) => ({ userId, name })))

  function forget(userId: string): void {
    const person = people.get(userId)
    if (!person) return
    person.timer.cancel()
    people.delete(userId)
    tell()
  }

  return {
    sign({ user_id: userId, username: name }: Typing): void {
      const known = people.get(userId)
      known?.timer.cancel()
      people.set(userId, { userId, name, timer: clock.setTimer(() => forget(userId), HOLDS_MS) })
      if (!known) tell()
    },
    /** They sent what they typed, or are gone. */
    forget,
    clear(): void {
      for (const { timer } of people.values()) timer.cancel()
      people.clear()
      tell()
    },
  }
}
