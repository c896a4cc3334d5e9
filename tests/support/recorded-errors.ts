// Brings the relay to refuse in every way that can be brought about from outside, and keeps its words.
import type { ErrorCode } from '#protocol'
import { ERRORS } from '#protocol'
import type { ScenarioScript } from './recording-drive.ts'

const v1 = '/api/v1'

export const recordErrors: ScenarioScript = {
  about: 'Every refusal: the next prompts are refused with one code after the other, or with the one that is named in them.',
  guests: { tomas: { role: 'viewer' } },
  settings: { PROMPTS_PER_SECOND: '1', MAX_UPLOAD_MIB: '1', MAX_CONNECTIONS: '3' },
  async run({ api, relay, prompts, state, open, call, client, refused, sessionId, userId }) {
    const minji = client('minji')
    const tomas = client('tomas')
    const session = { session_id: sessionId }
    const keep = (code: ErrorCode, answer: { status?: number; body?: Record<string, unknown>; ok?: boolean; error?: object }): void => {
      const data = (answer.error ?? answer.body) as Record<string, unknown>
      if (data?.code !== code || (answer.status !== undefined && answer.status !== ERRORS[code].status)) throw new Error(`${code} was expected: ${JSON.stringify(answer)}`)
      refused({ type: 'error', data })
    }
    api.when(/./s).say('That one went through.')
    await prompts('minji', 'Good morning', state('idle'))
    await open()
    await prompts('minji', 'And once more', state('idle'))

    const before = minji.frames.length
    minji.raw('no JSON at all')
    const bad = await minji.until((frame) => minji.frames.indexOf(frame) >= before && frame.type === 'error', 'BAD_FRAME')
    keep('BAD_FRAME', { error: bad.data })
    keep('VALIDATION', await minji.request('teleport', {}))
    keep('UNAUTHORIZED', await call('GET', `${v1}/me`, { headers: { authorization: 'Bearer nonsense' } }))
    keep('FORBIDDEN', await tomas.request('claude_message', { ...session, content: 'May I?' }))
    keep('NOT_FOUND', await minji.request('subscribe', {}, { channel: 'session:nowhere' }))
    keep('METHOD_NOT_ALLOWED', await call('DELETE', `${v1}/me`))
    keep('CONFLICT', await minji.request('set_role', { ...session, target_user_id: userId('minji'), role: 'viewer' }))
    await minji.ask('create_session', { title: 'One' }, { id: 'used-twice' })
    keep('ID_REUSED', await minji.request('create_session', { title: 'Two' }, { id: 'used-twice' }))
    const form = new FormData()
    form.set('file', new File([new Uint8Array(1024 * 1024 + 1)], 'large.bin'))
    keep('TOO_LARGE', await call('POST', `${v1}/files/upload`, { body: form }))
    keep('UNSUPPORTED_TYPE', await call('POST', `${v1}/claude/sessions`, { body: 'title: One', headers: { 'content-type': 'text/yaml' } }))
    keep('MISDIRECTED', await call('GET', `${v1}/me`, { headers: { host: 'elsewhere.example' } }))
    // The two of them and the one who counts are all that this relay takes.
    const handshake = { upgrade: 'websocket', connection: 'Upgrade', 'sec-websocket-version': '13', 'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==' }
    keep('BUSY', await call('GET', `/ws?token=${await relay.token('minji')}`, { headers: handshake }))
    for (;;) {
      const answer = await minji.request('command', { ...session, command: 'rename', args: { title: 'Rate limits for partners' } })
      if (answer.ok) continue
      keep('RATE_LIMITED', answer)
      break
    }
  },
}
