// Follows one execution by server-sent events: comes back after every cut with the id of the last event, and ends with the final `task`.
import { decodeFromRelay, errorBody, type FromRelay, type Task } from '#protocol'
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

export type FollowOptions = { after?: number; signal?: AbortSignal }

const longestWaitMs = 10_000
const hasEnded = ({ type, data }: FromRelay): boolean => type === 'task' && !['pending', 'running'].includes((data as Task).status)

/** The data of each event, as the blocks of a stream come. */
async function* blocksOf(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const reader = body.getReader()
  const decoder = new TextDecoder()
  let text = ''
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      const blocks = (text + decoder.decode(value, { stream: true })).split('\n\n')
      text = blocks.pop()!
      for (const block of blocks) {
        const line = block.split('\n').find((each) => each.startsWith('data: '))
        if (line) yield line.slice('data: '.length)
      }
    }
  } finally {
    // Whoever wants no more leaves the relay at once.
    await reader.cancel().catch(() => undefined)
  }
}

async function troubleOf(response: Response): Promise<Trouble> {
  const body = errorBody.safeParse(await response.json().catch(() => null))
  return body.success ? troubleFrom(body.data) : trouble(response.status >= 500 ? 'UNREACHABLE' : 'VALIDATION', `HTTP ${response.status}`)
}

/** `refused`: what cannot become better by trying again is thrown by it. */
export function createFollowExecution({ fetch, base, bearer, clock, random }: Dependencies, refused: (trouble: Trouble) => Error) {
  return async function* follow(executionId: string, { after = 0, signal }: FollowOptions = {}): AsyncGenerator<FromRelay> {
    let last = after
    let failures = 0
    const wait = (ms: number) =>
      new Promise<void>((resolve) => {
        const timer = clock.setTimer(resolve, ms)
        signal?.addEventListener('abort', () => (timer.cancel(), resolve()), { once: true })
      })

    while (!signal?.aborted) {
      let retryMs: number | null = null
      try {
        const headers = { authorization: `Bearer ${bearer}`, accept: 'text/event-stream', ...(last > 0 && { 'last-event-id': String(last) }) }
        const response = await fetch(`${base}/api/v1/claude/executions/${encodeURIComponent(executionId)}/events`, { headers, signal: signal ?? null })
        if (response.status === 204) return
        if (response.ok && response.body) {
          for await (const text of blocksOf(response.body)) {
            for (const message of decodeFromRelay(text, () => undefined)) {
              failures = 0
              last = message.seq ?? last
              yield message
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
      }
      if (signal?.aborted) return
      failures += 1
      await wait(retryMs ?? random() * Math.min(longestWaitMs, 250 * 2 ** failures))
    }
  }
}
