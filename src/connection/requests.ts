// Questions under way on one socket: each gets its one answer, or is told that the socket ended first.
import type { DataFromBrowser, FromBrowserType, FromRelay } from '#protocol'
import type { Clock, Timer } from '../clock.ts'
import { readAnswer, type AnswerOf, type Outgoing } from './messages.ts'
import { done, failed, trouble, troubleFrom, type Outcome } from './outcome.ts'
import type { Socket } from './socket.ts'

/** A live link that does not answer one question for this long has lost it. */
const ANSWER_MS = 30_000

/** Told in the same tick as the frame: the events behind a `success` in one frame must find the answer already known. */
type OnAnswer = (outcome: Outcome<unknown>) => void

export type Ask = <T extends FromBrowserType>(question: { type: T; data: DataFromBrowser[T]; channel?: string; id?: string }, onAnswer: OnAnswer) => void

type Requests = {
  ask: Ask
  /** Takes an answer (`success`, `error`) to one of our questions; false when it is not one. */
  take(message: FromRelay): boolean
  /** The socket is gone: none of these will be answered. */
  end(): void
}

export function createRequests(dependencies: { socket: Pick<Socket, 'send'>; clock: Clock; newId: () => string }): Requests {
  const { socket, clock, newId } = dependencies
  const open = new Map<string, { onAnswer: OnAnswer; timer: Timer }>()

  function settle(id: string, outcome: Outcome<unknown>): boolean {
    const question = open.get(id)
    if (!question) return false
    open.delete(id)
    question.timer.cancel()
    question.onAnswer(outcome)
    return true
  }

  return {
    ask({ type, data, channel, id = newId() }, onAnswer) {
      const sent = socket.send({ type, id, channel: channel ?? null, data } as Outgoing)
      if (sent === 'too-large') return onAnswer(failed(trouble('TOO_LARGE', 'larger than a message may be')))
      if (sent === 'closed') return onAnswer(failed(trouble('UNREACHABLE', 'no link')))
      const timer = clock.setTimer(() => settle(id, failed(trouble('TIMEOUT', `no answer to ${type}`))), ANSWER_MS)
      open.set(id, { onAnswer, timer })
    },
    take(message) {
      if (typeof message.id !== 'string') return false
      if (message.type === 'success') return settle(message.id, done(message.data))
      if (message.type === 'error') return settle(message.id, failed(troubleFrom(message.data)))
      return false
    },
    end() {
      for (const id of [...open.keys()]) settle(id, failed(trouble('UNREACHABLE', 'the link broke before the answer')))
    },
  }
}

/** Over the link that is up at the moment: UNREACHABLE when there is none, or when it breaks before the answer. */
export function createRequest(link: () => { ask: Ask } | null) {
  return function request<T extends FromBrowserType>(type: T, data: DataFromBrowser[T], channel?: string): Promise<Outcome<AnswerOf<T>>> {
    const through = link()
    if (through === null) return Promise.resolve(failed(trouble('UNREACHABLE', 'no link')))
    return new Promise((resolve) => {
      through.ask({ type, data, channel }, (outcome) => resolve(outcome.ok ? readAnswer(type, outcome.data) : outcome))
    })
  }
}
