// The relay as people run it, with its limits on people raised, and people enough to load it.
import { Database } from 'bun:sqlite'
import { randomUUID } from 'node:crypto'
import { closeSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { withAccounts } from '../../../relay/cli/open-accounts.ts'
import { readConfig, type SettingName } from '../../../relay/config.ts'
import { relayHome, type RelayHome } from '../../support/start-relay.ts'
import { connectProtocol } from '../../support/protocol-client.ts'
import { endWithUs, listensWithinMs, onCore } from './processes.ts'

const root = join(import.meta.dir, '..', '..', '..')

/** The settings that differ from what is shipped: how many may come, how fast one person may talk, no browser opened here. */
const raisedLimits: Partial<Record<SettingName, string>> = {
  HOST: '127.0.0.1',
  PORT: '0',
  OPEN_BROWSER: 'false',
  MAX_CONNECTIONS: '100000',
  MAX_CONNECTIONS_PER_USER: '100000',
  ADMISSION_BURST: '100000',
  ADMISSION_PER_SECOND: '100000',
  PROMPTS_PER_SECOND: '1000000',
  SIGNS_PER_SECOND: '1000000',
  MESSAGES_PER_SECOND: '1000000',
  UPLOADS_PER_SECOND: '100000',
}

/** Whoever opens a session has a Claude started ahead; a hundred sessions had two dozen of them start on the core that is measured. */
const noClaude: Partial<Record<SettingName, string>> = { CLAUDE_PREWARM: '0', ENABLE_PERSISTENT_SESSIONS: 'false' }

export type RelayUnderLoad = Awaited<ReturnType<typeof startRelayUnderLoad>>

/**
 * `claude`: the environment its Claude gets; without it none is ever asked, and none is started.
 * `pinned: false`: on any core, as Claude would share the one with it.
 */
export async function startRelayUnderLoad(options: { home?: RelayHome; settings?: Partial<Record<SettingName, string>>; claude?: Record<string, string>; pinned?: boolean } = {}) {
  const home = options.home ?? relayHome()
  const settings: Record<string, string> = { ...raisedLimits, ...(options.claude ? {} : noClaude), ENSEMBLE_DATA: home.data, ...options.settings }
  const environment = { PATH: process.env.PATH ?? '/usr/bin:/bin', HOME: home.claudeHome, ...options.claude }
  const machine = { folder: home.workspace, home: home.claudeHome, memoryBytes: 8 * 1024 ** 3 }
  const read = readConfig(settings, [home.workspace], machine)
  if ('problem' in read) throw new Error(read.problem)
  const config = read.ok
  const log = openSync(join(home.folder, 'relay.log'), 'a')
  const command = [process.execPath, join(root, 'relay', 'cli', 'ensemble.mjs'), '--no-build', home.workspace]
  const child = Bun.spawn(options.pinned === false ? command : onCore(0, command), {
    cwd: root,
    env: { ...environment, ...settings, CI: 'true' },
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: log,
  })
  closeSync(log)
  endWithUs(child)
  const late = setTimeout(() => child.kill('SIGKILL'), listensWithinMs)
  let printed = ''
  let link: string | undefined
  const reader = child.stdout.getReader()
  while (link === undefined) {
    const { value, done } = await reader.read()
    if (done) throw new Error(`the relay ended before it listened:\n${printed}\n${await Bun.file(join(home.folder, 'relay.log')).text()}`)
    printed += Buffer.from(value).toString()
    link = /^ +(\S+#code=\S+)$/m.exec(printed)?.[1]
  }
  clearTimeout(late)
  const { origin: url, port, hash } = new URL(link)

  return {
    url,
    port: Number(port),
    pid: child.pid,
    code: hash.slice('#code='.length),
    home,
    /** Makes people and gives a token for each. */
    tokens: (count: number, prefix = 'person') =>
      withAccounts(config, async ({ accounts }) => {
        const tokens: string[] = []
        for (let index = 0; index < count; index++) {
          const name = `${prefix}-${String(index).padStart(3, '0')}`
          const user = (await accounts.find(name)) ?? (await accounts.add({ name, role: 'user' }))
          tokens.push(await accounts.createToken(user.id, { ttlMs: 3_600_000 }))
        }
        return tokens
      }),
    async sessions(token: string, count: number): Promise<string[]> {
      // Its requests have ids that nobody has used before, or the relay would answer with the sessions of an earlier call.
      const client = await connectProtocol({ url, token, name: randomUUID() })
      const ids: string[] = []
      for (let index = 0; index < count; index++) ids.push((await client.ask('create_session', { title: `Bench ${index}` }))['session_id'] as string)
      client.close()
      return ids
    },
    /** Reads the kept notes of a session back from the file, by their content. */
    notes(sessionIds: readonly string[]): { content: string; seq: number; channel: string }[] {
      const database = new Database(join(home.data, 'ensemble.sqlite'), { readonly: true })
      try {
        return sessionIds.flatMap((id) =>
          (database.query(`SELECT seq, json_extract(data, '$.content') AS content, channel FROM events WHERE channel = ? AND type = 'message' ORDER BY seq`).all(`session:${id}`) as { content: string; seq: number; channel: string }[]),
        )
      } finally {
        database.close()
      }
    },
    async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
      child.kill(signal)
      await child.exited
      if (!options.home) home.remove()
    },
  }
}
