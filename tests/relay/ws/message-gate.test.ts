// Every message type against everybody who must not: refused by name, and nothing of the session changes.
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { FROM_BROWSER, type FromBrowserType } from '#protocol'
import { connectProtocol, type ProtocolClient } from '../../support/protocol-client.ts'
import { startRelay, type StartedRelay } from '../../support/start-relay.ts'

type Who = 'stranger' | 'viewer' | 'removed' | 'globalViewer'
const EVERYBODY: readonly Who[] = ['stranger', 'viewer', 'removed', 'globalViewer']

let relay: StartedRelay
let owner: ProtocolClient
let session_id: string
let fileId: string
const people = {} as Record<Who, ProtocolClient>

beforeAll(async () => {
  relay = await startRelay({ settings: { MESSAGES_PER_SECOND: '10000', PROMPTS_PER_SECOND: '10000' } })
  const join = async (name: string, role: 'user' | 'viewer' = 'user') => connectProtocol({ url: relay.url, token: await relay.token(name, role), name })
  owner = await join('owner')
  ;[people.stranger, people.viewer, people.removed, people.globalViewer] = await Promise.all([join('stranger'), join('viewer'), join('removed'), join('global', 'viewer')])
  session_id = (await owner.ask('create_session', { title: 'Closed', visibility: 'private' })).session_id
  const idOf = (client: ProtocolClient) => client.frames[0]!.data.user.id as string
  await owner.ask('invite_user', { session_id, target_user_id: idOf(people.viewer), role: 'viewer' })
  await owner.ask('invite_user', { session_id, target_user_id: idOf(people.globalViewer), role: 'collaborator' })
  await owner.ask('invite_user', { session_id, target_user_id: idOf(people.removed), role: 'collaborator' })
  await owner.ask('remove_user', { session_id, target_user_id: idOf(people.removed) })
  fileId = (await owner.ask('file_upload', { session_id, filename: 'a.txt', content_type: 'text/plain', size: 2, data: 'aGk=' })).file_id
})
afterAll(() => relay.stop())

/** A message of each type that would change or tell something; null: there is nothing to be refused. */
const MESSAGES: { [T in FromBrowserType]: (() => { data: object; channel?: string })[] | null } = {
  auth: null,
  ping: null,
  create_session: null,
  unsubscribe: null,
  leave_collaboration: null,
  subscribe: [() => ({ data: {}, channel: `session:${session_id}` })],
  join_collaboration: [() => ({ data: { session_id } })],
  claude_message: [() => ({ data: { session_id, content: 'rm -rf' } }), () => ({ data: { session_id, content: 'x', mode: 'steer' } }), () => ({ data: { session_id, content: 'x', attachments: [fileId] } })],
  command: [
    { command: 'interrupt', args: { execution_id: 'x' } },
    { command: 'hold' },
    { command: 'continue' },
    { command: 'clear' },
    { command: 'compact' },
    { command: 'rewind', args: { message_id: 'x' } },
    { command: 'set_model', args: { model: 'opus' } },
    { command: 'set_permission_mode', args: { permission_mode: 'acceptEdits' } },
    { command: 'set_visibility', args: { visibility: 'workspace' } },
    { command: 'rename', args: { title: 'Mine' } },
    { command: 'stop_process' },
    { command: 'note', args: { content: 'hi' } },
    { command: 'trust', args: { trusted: true } },
  ].map((body) => () => ({ data: { session_id, ...body } })),
  permission_response: [() => ({ data: { session_id, request_id: 'nothing', behavior: 'allow' } })],
  queue_update: [() => ({ data: { session_id, message_id: 'x', action: 'cancel' } }), () => ({ data: { session_id, message_id: 'x', action: 'send_now' } })],
  invite_user: [() => ({ data: { session_id, target_user_id: people.stranger.frames[0]!.data.user.id, role: 'owner' } })],
  remove_user: [() => ({ data: { session_id, target_user_id: owner.frames[0]!.data.user.id } })],
  set_role: [() => ({ data: { session_id, target_user_id: people.viewer.frames[0]!.data.user.id, role: 'owner' } })],
  cursor_update: [() => ({ data: { session_id, position: { line: 1, column: 1 } } })],
  typing: [() => ({ data: { session_id } })],
  file_upload: [() => ({ data: { session_id, filename: 'b.txt', content_type: 'text/plain', size: 2, data: 'aGk=' } })],
}
/** A viewer may look. */
const OPEN_TO_VIEWERS: readonly FromBrowserType[] = ['subscribe', 'join_collaboration']

test('every type of the contract has its row here', () => {
  expect(Object.keys(MESSAGES).sort()).toEqual(Object.keys(FROM_BROWSER).sort())
})

const stateOf = async () => {
  const response = await fetch(`${relay.url}/api/v1/claude/sessions/${session_id}/state`, { headers: { authorization: `Bearer ${await relay.token('owner')}` } })
  const { session, queue, participants } = (await response.json()) as { session: object; queue: object; participants: object }
  return { session: { ...session, people: [], unread: 0 }, queue, participants }
}

for (const [type, messages] of Object.entries(MESSAGES)) {
  if (!messages) continue
  describe(type, () => {
    for (const who of EVERYBODY) {
      const looks = OPEN_TO_VIEWERS.includes(type as FromBrowserType) && (who === 'viewer' || who === 'globalViewer')
      test(`${who} ${looks ? 'may' : 'may not'}`, async () => {
        const before = await stateOf()
        for (const message of messages) {
          const { data, channel } = message()
          const answer = await people[who].request(type, data, { channel })
          if (looks) expect(answer.ok).toBe(true)
          else {
            expect(answer.ok).toBe(false)
            const hidden = who === 'stranger' || who === 'removed'
            // Who may see the session is told that the right is missing; who may not, that there is no session.
            if (!answer.ok) expect(hidden ? ['NOT_FOUND'] : ['FORBIDDEN', 'NOT_FOUND']).toContain(answer.error.code)
          }
        }
        expect(await stateOf()).toEqual(before)
      })
    }
  })
}
