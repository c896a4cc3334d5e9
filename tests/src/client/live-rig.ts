// Scripts on a real relay with the real CLI, whose way there leads through a fault proxy; a second of their patience takes 1/20 s.
import { createLive, type Live, type LiveState } from '../../../src/client/live.ts'
import type { Heard } from '../../../src/client/feed.ts'
import { createRestCall } from '../../../src/connection/rest-call.ts'
import type { WebSocketConstructor } from '../../../src/connection/web-socket.ts'
import { startExecuteRig } from '../../relay/http/execute-rig.ts'
import { createFaultProxy } from '../../support/fault-proxy.ts'
import { createFastClock } from '../connection/fake-clock.ts'

/** `timers`: those that have not rung. */
export type ScriptLink = Live & { states: LiveState[]; problems: string[]; timers(): number }

/** `base`: where it finds the relay. */
export function openLive({ base, token, random = Math.random }: { base: string; token: string; random?: () => number }): ScriptLink {
  const clock = createFastClock(20)
  const { call } = createRestCall({ fetch, base, clock })
  const states: LiveState[] = []
  const problems: string[] = []
  const live = createLive({
    base,
    token,
    call,
    clock,
    random: () => random() * 0.1,
    newId: () => crypto.randomUUID(),
    WebSocket: WebSocket as unknown as WebSocketConstructor,
    onState: (state) => void states.push(state),
    report: (problem) => void problems.push(problem),
  })
  return { ...live, states, problems, timers: clock.pending }
}

export async function startLiveRig() {
  const proxy = await createFaultProxy()
  const rig = await startExecuteRig({ PUBLIC_URL: proxy.origin, PROMPTS_PER_SECOND: '1000', MESSAGES_PER_SECOND: '1000' })
  proxy.aim(rig.relay.port)
  const opened: ScriptLink[] = []
  return {
    ...rig,
    proxy,
    async live(name: string, random?: () => number): Promise<ScriptLink> {
      const live = openLive({ base: proxy.origin, token: await rig.relay.token(name), random })
      opened.push(live)
      return live
    },
    /** Events of the log beside what Claude does, as many as a test wants. */
    async publish(sessionId: string, from: number, count: number, text = ''): Promise<void> {
      for (let first = from; first < from + count; first += 500) {
        const log = (n: number) => ({ channel: `session:${sessionId}`, type: 'log', data: { session_id: sessionId, level: 'info', source: 'relay', text: `${n} ${text}` } })
        await rig.relay.relay.channels.publish({ events: Array.from({ length: Math.min(500, from + count - first) }, (_, n) => log(first + n)) })
      }
    },
    async stop(): Promise<void> {
      for (const each of opened) each.close()
      await proxy.stop()
      await rig.stop()
    },
  }
}

export const seqsOf = (heard: readonly Heard[]): number[] => heard.flatMap(({ seq }) => (typeof seq === 'number' ? [seq] : []))
export const upTo = (last: number, first = 1): number[] => Array.from({ length: last - first + 1 }, (_, index) => first + index)

/** The texts of finished blocks, and what their parts came to. */
export function textsOf(heard: readonly Heard[]): { whole: string; parts: string }[] {
  const parts = new Map<string, string>()
  return heard.flatMap(({ type, data }) => {
    if (type !== 'claude_response' && type !== 'thinking') return []
    if (data.completed) return [{ whole: data.content, parts: parts.get(data.message_id) ?? '' }]
    parts.set(data.message_id, (parts.get(data.message_id) ?? '') + data.content)
    return []
  })
}
