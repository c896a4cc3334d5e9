// Makes a long history out of a short recording: its turns again and again with new ids. A repetition, and named as one.
import { renameIds, shiftTimes, type RecordedStep, type Recording } from './recording.ts'

/** All of `recording` has happened, and again until its session holds at least `events` kept events. */
export function repeatRecording(recording: Recording, events: number): Recording {
  const { steps, session_id: sessionId } = recording
  const first = steps.findIndex((step) => step.type === 'claude_message')
  const [opening, turns] = [steps.slice(0, first), steps.slice(first)]
  const keptIn = (list: readonly RecordedStep[]) =>
    list.reduce((sum, { frames }) => sum + frames.filter(({ channel, seq }) => channel === `session:${sessionId}` && typeof seq === 'number').length, 0)
  // Only what is kept: nobody sees again how a text of yesterday streamed in.
  const kept = turns.map((step) => ({ ...step, frames: step.frames.filter((frame) => frame.channel === `session:${sessionId}` && typeof frame.seq === 'number') }))
  const times = Math.ceil((events - keptIn(opening)) / keptIn(kept))
  const span = Math.max(...turns.flatMap(({ frames }) => frames.map(({ timestamp }) => timestamp))) - opening.at(-1)!.frames.at(-1)!.timestamp + 1_000
  const again = (index: number): RecordedStep[] =>
    kept.map((step) => ({ ...step, frames: step.frames.map((frame) => renameIds(shiftTimes(frame, index * span), (id) => `${id}r9${index}`)) }))
  const past = [...opening, ...Array.from({ length: times }, (_, index) => again(index)).flat()]
  return { ...recording, opened_after: past.length, steps: [...past, ...turns] }
}
