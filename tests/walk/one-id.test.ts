// Five hundred sends of one prompt under one id, over several real sockets with the limits that people have: one turn, equal answers (I1, L1).
import { expect, test } from 'bun:test'
import { SUBPROTOCOL } from '#protocol'
import { createScriptedMessagesApi } from '../../relay/demo/scripted-messages-api.ts'
import { eventually } from '../support/eventually.ts'
import { connectProtocol } from '../support/protocol-client.ts'
import { rawSocket } from '../support/raw-socket.ts'
import { startRelay } from '../support/start-relay.ts'
import { taskIs } from './relay-on-disk.ts'

const WHOLE = 6
const CUT = 4
const EACH = 50
const ID = 'the-same-id'

test(`I1 ${(WHOLE + CUT) * EACH} sends of one id over ${WHOLE + CUT} sockets, some of them cut in the middle: one turn, and the same answer to each`, async () => {
  const api = createScriptedMessagesApi()
  const relay = await startRelay({ apiUrl: api.url })
  try {
    api.when('only once').say('Once.')
    const token = await relay.token('Ada', 'admin')
    const message = JSON.stringify({ type: 'claude_message', id: ID, data: { content: 'only once' }, timestamp: 0 })
    const whole = await Promise.all(Array.from({ length: WHOLE }, (_, index) => connectProtocol({ url: relay.url, token, name: `whole${index}` })))
    const cut = await Promise.all(Array.from({ length: CUT }, () => rawSocket(relay.port, { path: '/ws', protocols: `${SUBPROTOCOL}, bearer.${token}` })))

    for (let round = 1; round < EACH; round++) {
      for (const socket of cut) socket.send(message)
      for (const client of whole) client.raw(message)
    }
    // The last one of each: half of a frame, and then nothing more.
    const half = Buffer.concat([Buffer.from([0x81, 0xfe, 0, message.length, 0, 0, 0, 0]), Buffer.from(message.slice(0, message.length / 2))])
    for (const { tcp } of cut) tcp.write(half, () => tcp.resetAndDestroy())
    for (const client of whole) client.raw(`[${message}]`)
    await Promise.all(cut.map((each) => each.ended))

    const answersOf = (client: (typeof whole)[number]) => client.frames.filter((frame) => frame.id === ID)
    await eventually('each send on the sockets that lived is answered', () => whole.every((client) => answersOf(client).length === EACH))
    const again = await Promise.all(cut.map(async (_, index) => {
      const back = await connectProtocol({ url: relay.url, token, name: `back${index}` })
      await back.ask('claude_message', { content: 'only once' }, { id: ID })
      return back
    }))
    const answers = [...whole, ...again].flatMap(answersOf)
    expect(answers.map(({ type }) => type)).toEqual(Array(WHOLE * EACH + CUT).fill('success'))
    expect(new Set(answers.map(({ data }) => JSON.stringify(data))).size).toBe(1)

    const [ada] = whole
    const { session_id, execution_id } = answers[0]!.data
    await ada!.subscribe(`session:${session_id}`, { position: { epoch: ada!.frames[0]!.data['epoch'], seq: 0 } })
    await ada!.until(taskIs('completed', execution_id), 'the end')
    expect(ada!.events(`session:${session_id}`).filter(({ type }) => type === 'message')).toHaveLength(1)
    expect(api.requests.filter((request) => request.kind === 'turn')).toHaveLength(1)
    expect((await ada!.ask('create_session', {}))['session_id']).not.toBe(session_id)
    expect(await ada!.request('claude_message', { content: 'something else' }, { id: ID })).toMatchObject({ ok: false, error: { code: 'ID_REUSED' } })
    for (const client of [...whole, ...again]) client.close()
  } finally {
    await relay.stop()
    await api.stop()
  }
}, 60_000)
