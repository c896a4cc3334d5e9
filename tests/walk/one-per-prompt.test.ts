// Where no process is kept: one per prompt carries a whole turn with its question, and the conversation goes on in the next one.
import { expect, test } from 'bun:test'
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { SettingName } from '../../relay/config.ts'
import { createScriptedMessagesApi } from '../../relay/demo/scripted-messages-api.ts'
import { connectProtocol } from '../support/protocol-client.ts'
import { relayHome, startRelay, type RelayHome } from '../support/start-relay.ts'
import { taskIs } from './relay-on-disk.ts'

const root = join(import.meta.dir, '..', '..')
const claude = join(root, 'node_modules', '@anthropic-ai', `claude-agent-sdk-${process.platform}-${process.arch}`, 'claude')

/** A CLI of which every other start fails: what is started to be kept dies, what is started for one prompt then works. */
function failingEveryOther(home: RelayHome): string {
  const bin = join(home.folder, 'claude')
  const mark = join(home.folder, 'failed')
  writeFileSync(bin, `#!/bin/sh\nif [ -e ${mark} ]; then rm ${mark}; exec ${claude} "$@"; fi\necho no room to stay >&2; echo >> ${join(home.folder, 'failures')}; : > ${mark}; exit 1\n`)
  chmodSync(bin, 0o755)
  return bin
}

const ways: [string, (home: RelayHome) => Partial<Record<SettingName, string>>, number][] = [
  ['ENABLE_PERSISTENT_SESSIONS=false', () => ({ ENABLE_PERSISTENT_SESSIONS: 'false' }), 0],
  ['a process that is to be kept cannot start', (home) => ({ CLAUDE_BIN: failingEveryOther(home) }), 2],
]

for (const [name, settingsOf, fails] of ways) {
  test(`${name}: prompts with questions, allowed and denied, in one conversation, and no process stays`, async () => {
    const api = createScriptedMessagesApi()
    const home = relayHome()
    const relay = await startRelay({ apiUrl: api.url, home, settings: settingsOf(home) })
    try {
      const path = (each: string) => join(home.workspace, each)
      api.when('write one').use('Write', { file_path: path('one.txt'), content: '1' }).say('one is there')
      api.when('write two').use('Write', { file_path: path('two.txt'), content: '2' }).say('then not')
      const ada = await connectProtocol({ url: relay.url, token: await relay.token('Ada', 'admin'), name: 'ada' })
      const { session_id } = await ada.ask('create_session', {})
      const channel = `session:${session_id}`
      await ada.subscribe(channel, { history: 500 })
      // Somebody types: nothing is started ahead that could not be kept.
      ada.raw(JSON.stringify({ type: 'typing', data: { session_id }, timestamp: 0 }))
      for (const [content, behavior] of [['write one', 'allow'], ['write two', 'deny']] as const) {
        const { execution_id } = await ada.ask('claude_message', { session_id, content })
        const asked = await ada.until((frame) => frame.type === 'permission_request' && frame.channel === channel && frame.data['execution_id'] === execution_id, 'the question')
        await ada.ask('permission_response', { session_id, request_id: asked.data['request_id'], behavior, ...(behavior === 'deny' && { message: 'not two' }) })
        await ada.until(taskIs('completed', execution_id), 'the end')
        await ada.until((frame) => frame.type === 'session' && frame.channel === channel && frame.seq! > asked.seq! && frame.data['state'] === 'idle', 'rest')
      }
      expect(readFileSync(path('one.txt'), 'utf8')).toBe('1')
      expect(existsSync(path('two.txt'))).toBe(false)
      const said = ada.events(channel).filter(({ type }) => type === 'claude_response').map(({ data }) => data['content'])
      expect(said).toEqual(['one is there', 'then not'])
      const told = JSON.stringify(api.requests.findLast((request) => request.prompt === 'write two')!.body.messages)
      for (const each of ['write one', 'one is there', 'not two']) expect(told).toContain(each)
      const ends = () => relay.logged.filter((line) => line['event'] === 'claude.process_ended').map((line) => line['cause'])
      while (ends().filter((cause) => cause !== 'start_failed').length < 2) await Bun.sleep(20)
      // Each prompt found its own way around the start that failed.
      const failures = join(home.folder, 'failures')
      expect(existsSync(failures) ? readFileSync(failures, 'utf8').length : 0).toBeGreaterThanOrEqual(fails)
    } finally {
      await relay.stop()
      await api.stop()
      home.remove()
    }
  }, 60_000)
}
