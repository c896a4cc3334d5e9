// Where no process is kept: one per prompt carries a whole turn with its question, and the conversation goes on in the next one.
import { expect, test } from 'bun:test'
import { chmodSync, existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { SettingName } from '../../relay/config.ts'
import { createScriptedMessagesApi } from '../../relay/demo/scripted-messages-api.ts'
import { connectProtocol } from '../support/protocol-client.ts'
import { relayHome, startRelay, type RelayHome } from '../support/start-relay.ts'
import { noStrays, straysOf } from '../support/strays.ts'
import { contentOf, taskIs } from './relay-on-disk.ts'

const root = join(import.meta.dir, '..', '..')
const claude = join(root, 'node_modules', '@anthropic-ai', `claude-agent-sdk-${process.platform}-${process.arch}`, 'claude')

/** The CLI behind a script that counts its starts, but for those that only ask its version; `fails`: every other one, so that what is to be kept dies and what is for one prompt works. */
function countingClaude(home: RelayHome, { fails }: { fails: boolean }) {
  const bin = join(home.folder, 'claude')
  const [starts, failures, mark] = ['starts', 'failures', 'failed'].map((each) => join(home.folder, each)) as [string, string, string]
  const failing = `if [ ! -e ${mark} ]; then : > ${mark}; printf x >> ${failures}; echo no room to stay >&2; exit 1; fi; rm ${mark}\n`
  writeFileSync(bin, `#!/bin/sh\n[ "$1" = --version ] && exec ${claude} --version\n${fails ? failing : ''}printf x >> ${starts}\nexec ${claude} "$@"\n`)
  chmodSync(bin, 0o755)
  return { bin, starts: () => contentOf(starts).length, failures: () => contentOf(failures).length }
}

const ways: [string, Partial<Record<SettingName, string>>, { fails: boolean }][] = [
  ['ENABLE_PERSISTENT_SESSIONS=false', { ENABLE_PERSISTENT_SESSIONS: 'false' }, { fails: false }],
  ['a process that is to be kept cannot start', {}, { fails: true }],
]

for (const [name, settings, { fails }] of ways) {
  test(`${name}: prompts with questions, allowed and denied, in one conversation, and no process stays`, async () => {
    const api = createScriptedMessagesApi()
    const home = relayHome()
    const counting = countingClaude(home, { fails })
    const relay = await startRelay({ apiUrl: api.url, home, settings: { ...settings, CLAUDE_BIN: counting.bin } })
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
        await noStrays(() => straysOf(home))
      }
      expect(contentOf(path('one.txt'))).toBe('1')
      expect(existsSync(path('two.txt'))).toBe(false)
      const said = ada.events(channel).filter(({ type }) => type === 'claude_response').map(({ data }) => data['content'])
      expect(said).toEqual(['one is there', 'then not'])
      const told = JSON.stringify(api.requests.findLast((request) => request.prompt === 'write two')!.body.messages)
      for (const each of ['write one', 'one is there', 'not two']) expect(told).toContain(each)
      // One start for each prompt, and for each the one before it that failed.
      expect([counting.starts(), counting.failures()]).toEqual([2, fails ? 2 : 0])
    } finally {
      await relay.stop()
      await api.stop()
      home.remove()
    }
  }, 60_000)
}
