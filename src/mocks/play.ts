// Plays the steps of a recording: what others do comes by itself, what the viewer did waits for the viewer to do it.
import type { Clock, Timer } from '../clock.ts'
import type { MockLog } from './mock-log.ts'
import { RECORDED_IDS, renameIds, shiftTimes, type RecordedFrame, type RecordedStep, type Recording } from './recording.ts'

type PlayOptions = {
  recording: Recording
  log: MockLog
  clock: Clock
  /** Before a step of somebody else; `goesOnMs` before the model goes on by itself. */
  pauseMs?: number
  goesOnMs?: number
  /** Cuts the viewer's socket for so long. */
  cut(ms: number): void
  /** What the viewer did since to frames that come by themselves. */
  change(frame: RecordedFrame): RecordedFrame
  /** A turn is over and nothing else is about to happen. */
  onIdle(): void
}

export type Play = ReturnType<typeof createPlay>
/** How a step of the viewer differs from the recorded one: other ids, other words. */
type Changes = { rename?: (id: string) => string; change?: (frame: RecordedFrame) => RecordedFrame }

/** However long it took: nobody waits longer for the next frame. */
const LONGEST_MS = 900
const AWAY_MS = 2_500

/** With what the turn of a step failed. */
const failureOf = ({ frames }: RecordedStep) => (frames.find(({ type, data }) => type === 'task' && data.status === 'failed')?.data.error as { code: string } | undefined)?.code

export function createPlay({ recording, log, clock, pauseMs = 1_500, goesOnMs = 3_000, cut, change: changed, onIdle }: PlayOptions) {
  const { steps, viewer } = recording
  let cursor = recording.opened_after
  let round = 0
  let pending: RecordedFrame[] = []
  let timer: Timer | null = null
  let pause: (() => void) | null = null
  /** Prompts taken out of the queue by the viewer, and the executions they would have been. */
  const dropped = new Set<string>()

  const byOthers = (step: RecordedStep | undefined) => step !== undefined && (step.by !== viewer || step.type === 'subscribe')
  const suffix = (id: string, number: number) => (number === 0 ? id : `${id}r${number}`)

  function later(work: () => void, ms: number): void {
    timer?.cancel()
    timer = clock.setTimer(() => {
      timer = null
      work()
    }, ms)
  }

  function clearPause(): void {
    timer?.cancel()
    timer = pause = null
  }

  /** Frames of a turn whose prompt was taken away do not come. */
  function stays({ type, data }: RecordedFrame): boolean {
    if (type === 'message' && dropped.has(String(data.message_id))) dropped.add(String(data.execution_id))
    return !dropped.has(String(data.execution_id))
  }

  function run(frames: RecordedFrame[], { rename, change }: Changes = {}): void {
    const number = round
    pending.push(...frames.map((frame) => renameIds(frame, rename ?? ((id) => suffix(id, number)))).filter(stays).map((frame) => (change ? change(frame) : frame)))
    if (pause !== null) clearPause()
    if (timer === null) next(null)
  }

  function next(before: number | null): void {
    pause = null
    const frame = pending.shift()
    if (!frame) return advance()
    const gap = before === null ? 0 : Math.max(0, Math.min(LONGEST_MS, frame.timestamp - before))
    const tell = () => {
      log.tell(shiftTimes(frame, clock.now() - frame.timestamp))
      next(frame.timestamp)
    }
    if (gap === 0) return tell()
    later(tell, gap)
  }

  function advance(): void {
    const step = steps[cursor]
    if (!byOthers(step)) return onIdle()
    pause = () => perform(step!, { change: changed })
    later(pause, step!.type === 'goes_on' ? goesOnMs : step!.type === 'subscribe' ? 300 : pauseMs)
  }

  function perform(step: RecordedStep, changes?: Changes): void {
    cursor = steps.indexOf(step) + 1
    if (step.type === 'cut') cut(AWAY_MS)
    run(step.frames, changes)
  }

  return {
    start: advance,
    stop(): void {
      timer?.cancel()
      pending = []
    },
    /** What is to come of the present step comes no more. */
    breakOff(): void {
      clearPause()
      pending = []
    },
    /** Somebody else's next step at once. */
    goOn(): void {
      const act = pause
      if (act === null) return
      clearPause()
      act()
    },
    canGoOn: () => pause !== null,
    isPlaying: () => pending.length > 0 || (timer !== null && pause === null),
    /** The viewer's step that the recording goes on with, if it is of this kind. */
    expected: (type: string): RecordedStep | null => (!byOthers(steps[cursor]) && steps[cursor]?.type === type ? steps[cursor]! : null),
    before: (step: RecordedStep): RecordedStep | null => steps[steps.indexOf(step) - 1] ?? null,
    /** Another step of the viewer that would fit. */
    find: (test: (step: RecordedStep) => boolean): RecordedStep | null => steps.find((step) => step.by === viewer && test(step)) ?? null,
    perform,
    /** Plays another step's frames in place of the one at hand. */
    instead(other: RecordedStep, names: ReadonlyMap<string, string>, changes: Changes): void {
      const present = round
      const own = ++round
      cursor += 1
      run(other.frames, { ...changes, rename: (id) => (names.has(id) ? suffix(names.get(id)!, present) : suffix(id, own)) })
    },
    hasFailure: (code: string) => steps.some((step) => failureOf(step) === code),
    /**
     * The next prompt of the viewer, from the beginning again when there is none left; `failure`: one whose turn failed with this code.
     * What others would have done before is left out.
     */
    nextPrompt(failure?: string): RecordedStep {
      const isOne = (step: RecordedStep) => step.by === viewer && step.type === 'claude_message' && failureOf(step) === failure
      const isPrompt = (step: RecordedStep, index: number) => isOne(step) && index >= recording.opened_after
      let found = steps.findIndex((step, index) => index >= cursor && isPrompt(step, index))
      if (found < 0) {
        round += 1
        found = steps.findIndex(isPrompt)
        if (found < 0) found = steps.findIndex(isOne)
      }
      // What sets the scene for it is done as well: the permission mode.
      const setting = steps[found - 1]
      if (setting?.type === 'command' && setting.data.command === 'set_permission_mode')
        for (const frame of setting.frames) log.tell(renameIds(shiftTimes(frame, clock.now() - frame.timestamp), (id) => suffix(id, round)))
      clearPause()
      return steps[found]!
    },
    /** After an interruption: goes on with whatever comes after this turn. */
    leaveTurn(): void {
      while (cursor < steps.length && (steps[cursor]!.type === 'permission_response' || steps[cursor]!.type === 'goes_on' || steps[cursor]!.data.command === 'interrupt')) cursor += 1
    },
    drop: (messageId: string) => void dropped.add(messageId),
    /** An id of the recording as it is in the present repetition. */
    named: (id: string) => suffix(id, round),
    idsOf: (frames: readonly RecordedFrame[]): string[] => [...new Set(JSON.stringify(frames).match(RECORDED_IDS) ?? [])],
  }
}
