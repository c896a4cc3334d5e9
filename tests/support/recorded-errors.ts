// Brings the relay to refuse in every way, and keeps its words: by what people ask, and by what may befall a machine.
import { Database } from 'bun:sqlite'
import { mkdirSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import type { ErrorCode } from '#protocol'
import { ERRORS } from '#protocol'
import { databaseFile } from '../../relay/storage/storage.ts'
import type { ScenarioScript } from './scenario-script.ts'

const v1 = '/api/v1'

export const recordErrors: ScenarioScript = {
  about: 'Every refusal: the next prompts are refused, or fail, with one code after the other, or with the one that is named in them.',
  guests: { tomas: { role: 'viewer' } },
  // A process that was started ahead would stay in the folder that is moved away: here each prompt begins with one of its own.
  settings: { ENABLE_PERSISTENT_SESSIONS: 'false', PROMPTS_PER_SECOND: '2', MAX_UPLOAD_MIB: '1', MAX_CONNECTIONS: '3' },
  async run({ api, relay, folder, prompts, state, open, restarts, call, client, refused, sessionId, userId }) {
    const minji = client('minji')
    const tomas = client('tomas')
    const session = { session_id: sessionId }
    const keep = (code: ErrorCode, answer: { status?: number; body?: Record<string, unknown>; ok?: boolean; error?: object }): void => {
      const data = (answer.error ?? answer.body) as Record<string, unknown>
      if (data?.code !== code || (answer.status !== undefined && answer.status !== ERRORS[code].status)) throw new Error(`${code} was expected: ${JSON.stringify(answer)}`)
      refused({ type: 'error', data })
    }
    api.when(/./s).say('That one went through.')
    // CLAUDE_UNAVAILABLE and, at the end, GONE come to a prompt that was taken already: its turn fails.
    renameSync(folder, `${folder}-moved`)
    await prompts('minji', 'Is anybody there?', state('failed'))
    renameSync(`${folder}-moved`, folder)
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
    const budget = `${v1}/budgets/${userId('minji')}`
    await call('PUT', budget, { body: JSON.stringify({ limit_micros: 0 }), headers: { 'content-type': 'application/json' } })
    keep('BUDGET', await minji.request('claude_message', { ...session, content: 'For nothing' }))
    await call('DELETE', budget)
    const form = new FormData()
    form.set('file', new File([new Uint8Array(1024 * 1024 + 1)], 'large.bin'))
    keep('TOO_LARGE', await call('POST', `${v1}/files/upload`, { body: form }))
    keep('UNSUPPORTED_TYPE', await call('POST', `${v1}/claude/sessions`, { body: 'title: One', headers: { 'content-type': 'text/yaml' } }))
    keep('MISDIRECTED', await call('GET', `${v1}/me`, { headers: { host: 'elsewhere.example' } }))
    // The two of them and the one who counts are all that this relay takes.
    const handshake = { upgrade: 'websocket', connection: 'Upgrade', 'sec-websocket-version': '13', 'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==' }
    keep('BUSY', await call('GET', `/ws?token=${await relay().token('minji')}`, { headers: handshake }))
    for (;;) {
      // Nothing comes of these, so that nobody minds how many it takes.
      const answer = await minji.request('command', { session_id: 'nowhere', command: 'rename', args: { title: 'Nothing' } })
      if (!answer.ok && answer.error.code === 'NOT_FOUND') continue
      keep('RATE_LIMITED', answer)
      break
    }
    // Another program has taken away a table that every change needs.
    const database = new Database(databaseFile(relay().config.databaseUrl))
    database.run('ALTER TABLE answers RENAME TO answers_elsewhere')
    keep('INTERNAL_ERROR', await minji.request('create_session', { title: 'Three' }))
    database.run('ALTER TABLE answers_elsewhere RENAME TO answers')
    database.close()
    // The relay is started for another folder, and no longer allowed into this one.
    const elsewhere = join(folder, '..', 'elsewhere')
    mkdirSync(elsewhere)
    await restarts(elsewhere, { ENSEMBLE_ROOTS: elsewhere }, async () => keep('DRAINING', await call('GET', '/ws', { headers: handshake })))
    await prompts('minji', 'Where is the folder?', state('failed'))
  },
}
