// Follows one execution by server-sent events: comes back after every cut with the id of the last event, and ends with the final `task`.
import { decodeFromRelay, errorBody, LIMITS, parseJson, rest, type FollowReset, type FromRelay, type Position, type Task } from '#protocol'
import type { Path } from './api-routes.ts'
import type { Clock } from '../clock.ts'
import { trouble, troubleFrom, whatNext, type Trouble } from './outcome.ts'

type Dependencies = {
  fetch: (url: string, init: RequestInit) => Promise<Response>
  base: string
  bearer: string
  clock: Pick<Clock, 'setTimer'>
  /** Between 0 and 1. */
  random: () => number
}

/** `after`: where an earlier run has stopped; a seq alone is taken to be of the log that the relay has now. */
export type FollowOptions = { after?: number | Position; signal?: AbortSignal }

/** `reset`: what was told before is of a log that is gone, it begins anew with the first event. */
export type Followed = FromRelay | (FollowReset & { seq?: null })
export type FollowedExecution = AsyncGenerator<Followed> & {
  /** After the last event that was handed out; null before the first. */
  position(): Position | null
}

const longestWaitMs = 10_000
/** No event is nearly as long: what goes on for more is no stream of events. */
const longestBlockChars = 16 * 1024 * 1024
const hasEnded = ({ type, data }: Followed): boolean => type === 'task' && !['pending', 'running'].includes((data as Task).status)

type Block = { id: string | null; event: string; data: string }

function blockOf(text: string): Block | null {
  const fields = new Map(text.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]))
  const data = fields.get('data')
  return data === undefined ? null : { id: fields.get('id') ?? null, event: fields.get('event') ?? '', data }
}

/** The blocks of a stream as they come. `heard`: something has come, if only a comment. */
async function* blocksOf(body: ReadableStream<Uint8Array>, heard: () => void): AsyncGenerator<Block> {
  const reader = body.getReader()
  const decoder = new TextDecoder()
  let text = ''
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      heard()
      const blocks = (text + decoder.decode(value, { stream: true })).split('\n\n')
      text = blocks.pop()!
      if (text.length > longestBlockChars) throw new Error('an event without an end')
      for (const each of blocks) {
        const block = blockOf(each)
        if (block) yield block
      }
    }
  } finally {
    // Whoever wants no more leaves the relay at once.
    await reader.cancel().catch(() => undefined)
  }
}

function messagesOf({ event, data }: Block): Followed[] {
  if (event !== 'reset') return decodeFromRelay(data, () => undefined)
  const reset = rest.followReset.safeParse(parseJson(data))
  return reset.success ? [reset.data] : []
}

/** With which id the next one comes that has heard this; null when it changes nothing. */
const idAfter = (message: Followed, id: string | null): string | null => (message.type === 'reset' ? rest.eventIdOf({ epoch: message.data.epoch, seq: 0 }) : id)

async function troubleOf(response: Response): Promise<Trouble> {
  const body = errorBody.safeParse(await response.json().catch(() => null))
  return body.success ? troubleFrom(body.data) : trouble(response.status >= 500 ? 'UNREACHABLE' : 'VALIDATION', `HTTP ${response.status}`)
}

/** `refused`: what cannot become better by trying again is thrown by it. */
export function createFollowExecution({ fetch, base, bearer, clock, random }: Dependencies, refused: (trouble: Trouble) => Error) {
  return function follow(executionId: string, { after = 0, signal }: FollowOptions = {}): FollowedExecution {
    let last = typeof after === 'object' ? rest.eventIdOf(after) : after > 0 ? String(after) : null
    return Object.assign(tell(), {
      position(): Position | null {
        const { epoch, seq } = rest.readEventId(last ?? '') ?? { epoch: null, seq: 0 }
        return epoch === null ? null : { epoch, seq }
      },
    })

    async function* tell(): AsyncGenerator<Followed> {
      const path = `claude/executions/${encodeURIComponent(executionId)}/events` as const satisfies Path<'GET'>
      const url = `${base}/api/v1/${path}`
      for (let failures = 0; !signal?.aborted; failures += 1) {
        let retryMs: number | null = null
        const attempt = attemptOf()
        try {
          const headers = { authorization: `Bearer ${bearer}`, accept: 'text/event-stream', ...(last !== null && { 'last-event-id': last }) }
          const response = await fetch(url, { headers, signal: attempt.signal, redirect: 'error' })
          if (response.status === 204) return
          if (response.ok && response.body) {
            for await (const block of blocksOf(response.body, attempt.heard)) {
              for (const message of messagesOf(block)) {
                failures = 0
                last = idAfter(message, block.id) ?? last
                // However long it is looked at, that is no silence of the relay.
                attempt.rest()
                yield message
                attempt.heard()
                if (hasEnded(message)) return
              }
            }
          } else {
            const problem = await troubleOf(response)
            if (whatNext(problem) !== 'later') throw refused(problem)
            retryMs = problem.retryAfterMs
          }
        } catch (problem) {
          if (problem instanceof Error && problem.name === 'CallRefused') throw problem
        } finally {
          attempt.end()
        }
        if (!signal?.aborted) await wait(retryMs ?? random() * Math.min(longestWaitMs, 250 * 2 ** (failures + 1)))
      }
    }

    /** One request: given up when its asker leaves, or when nothing has come for a while, not even a comment. */
    function attemptOf() {
      const stop = new AbortController()
      const leave = () => stop.abort()
      let silence = clock.setTimer(leave, LIMITS.browserSilenceMs)
      signal?.addEventListener('abort', leave)
      return {
        signal: stop.signal,
        rest: () => silence.cancel(),
        heard() {
          silence.cancel()
          silence = clock.setTimer(leave, LIMITS.browserSilenceMs)
        },
        end() {
          silence.cancel()
          signal?.removeEventListener('abort', leave)
        },
      }
    }

    function wait(ms: number): Promise<void> {
      return new Promise((resolve) => {
        const done = () => {
          timer.cancel()
          signal?.removeEventListener('abort', done)
          resolve()
        }
        const timer = clock.setTimer(done, ms)
        signal?.addEventListener('abort', done)
      })
    }
  }
}
