// Opening a session starts a process for whoever may prompt in it, and for nobody else.
import { expect, test } from 'bun:test'
import { createScriptedMessagesApi } from '../../../relay/demo/scripted-messages-api.ts'
import { eventually } from '../../support/eventually.ts'
import { connectProtocol, type ProtocolClient } from '../../support/protocol-client.ts'
import { accountsRig } from '../http/accounts-rig.ts'

test('H11: viewers and tokens that may not run anything start no process, by joining or by subscribing', async () => {
  const api = createScriptedMessagesApi()
  const rig = await accountsRig({ apiUrl: api.url, settings: { CLAUDE_SANDBOX: 'off' } })
  const clients: ProtocolClient[] = []
  const connect = async (token: string) => {
    const client = await connectProtocol({ url: rig.url, token })
    clients.push(client)
    return client
  }
  try {
    const [owner, jun, vera] = [await rig.browser('owner'), await rig.browser('jun'), await rig.browser('vera', 'viewer')]
    const begin = async (title: string) => (await rig.ask(owner.token, 'POST', 'claude/sessions', { title })).body['session_id'] as string
    const [looked, used] = [await begin('looked at'), await begin('worked in')]
    const invite = (id: string, role: string) => rig.ask(owner.token, 'POST', `claude/sessions/${looked}/participants`, { user_id: id, role })
    await invite(jun.id, 'viewer')
    const reading = await connect((await rig.apiToken(owner.token, ['read'])).token)
    for (const client of [await connect(vera.token), await connect(jun.token), reading]) {
      await client.ask('join_collaboration', { session_id: looked })
      await client.subscribe(`session:${looked}`)
    }
    const processes = () => rig.relay.claude.processes().map(({ sessionId }) => sessionId)
    const worker = await connect((await rig.apiToken(jun.token, ['read', 'run'])).token)
    await worker.ask('join_collaboration', { session_id: used })
    await eventually('a process for whoever may prompt', () => processes().includes(used))
    expect(processes()).toEqual([used])
  } finally {
    clients.forEach((client) => client.close())
    await rig.stop()
    await api.stop()
  }
}, 30_000)
