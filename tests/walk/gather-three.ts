// Three people with tokens and connections of their own in one private session, on a relay as people run it: owner, collaborator, viewer.
import { expect } from 'bun:test'
import type { SessionRow, SessionSnapshot, SessionsPage } from '#protocol'
import { createScriptedMessagesApi } from '../../relay/demo/scripted-messages-api.ts'
import { connectProtocol, orderProblem, type Frame, type ProtocolClient } from '../support/protocol-client.ts'
import { startRelay } from '../support/start-relay.ts'

export type ThreePeople = Awaited<ReturnType<typeof gatherThree>>

export const ended = (execution_id: string) => (frame: Frame) =>
  frame.type === 'task' && frame.data.execution_id === execution_id && ['completed', 'interrupted', 'failed'].includes(frame.data.status)

export async function gatherThree(title: string) {
  const api = createScriptedMessagesApi()
  const relay = await startRelay({ apiUrl: api.url })
  const tokens = new Map<ProtocolClient, string>()
  const join = async (name: string) => {
    const token = await relay.token(name)
    const client = await connectProtocol({ url: relay.url, token, name })
    tokens.set(client, token)
    return client
  }
  const [owner, collaborator, viewer] = await Promise.all([join('minji'), join('jun'), join('priya')])
  const everybody = [owner, collaborator, viewer]
  const { session_id } = await owner.ask('create_session', { title, visibility: 'private' })
  const channel = `session:${session_id}`
  for (const [client, role] of [[collaborator, 'collaborator'], [viewer, 'viewer']] as const) {
    await owner.ask('invite_user', { session_id, target_user_id: client.frames[0]!.data.user.id, role })
  }
  for (const client of everybody) {
    await client.subscribe(`user:${client.frames[0]!.data.user.id}`)
    await client.ask('join_collaboration', { session_id })
  }

  const rest = async (client: ProtocolClient, path: string, init: RequestInit = {}): Promise<any> => {
    const answer = await fetch(`${relay.url}/api/v1/${path}`, { ...init, headers: { authorization: `Bearer ${tokens.get(client)!}`, 'content-type': 'application/json' } })
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`)
    return answer.json()
  }

  return {
    api,
    relay,
    owner,
    collaborator,
    viewer,
    everybody,
    session_id,
    channel,
    /** The list of sessions as this person gets it. */
    list: async (client: ProtocolClient): Promise<SessionRow[]> => ((await rest(client, 'claude/sessions')) as SessionsPage).sessions,
    state: (client: ProtocolClient): Promise<SessionSnapshot> => rest(client, `claude/sessions/${session_id}/state`),
    read: (client: ProtocolClient, read_seq: number): Promise<object> => rest(client, `claude/sessions/${session_id}`, { method: 'PATCH', body: JSON.stringify({ read_seq }) }),
    /** All three have the same events with the same numbers, without a hole; `upTo`: what came later may still be on its way to some. */
    sameStory(upTo = Number.POSITIVE_INFINITY): void {
      const short = (client: ProtocolClient) => client.events(channel).filter(({ seq }) => seq! <= upTo).map(({ seq, type, data }) => `${seq} ${type} ${JSON.stringify(data)}`)
      for (const client of everybody) {
        expect(orderProblem(client.events(channel))).toBeNull()
        expect(short(client)).toEqual(short(owner))
      }
    },
    async stop(): Promise<void> {
      await relay.stop()
      await api.stop()
    },
  }
}
