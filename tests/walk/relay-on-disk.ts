// A relay process that is killed and started again on the same disk, and what can be seen of it from outside.
import { Database } from 'bun:sqlite'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createScriptedMessagesApi } from '../../relay/demo/scripted-messages-api.ts'
import { connectProtocol, type Frame, type ProtocolClient } from '../support/protocol-client.ts'
import { relayHome, startRelayProcess, type RelayOptions } from '../support/start-relay.ts'
import { noStrays, straysOf } from '../support/strays.ts'

export type Client = ProtocolClient & { close(): void }

/** The API outlives the relays; each `start` is a new process on the same folders. */
export function createRelayOnDisk({ settings = {} }: Pick<RelayOptions, 'settings'> = {}) {
  const api = createScriptedMessagesApi()
  const home = relayHome()
  let connections = 0
  const path = join(home.data, 'ensemble.sqlite')
  function change(sql: string): void {
    const database = new Database(path)
    try {
      database.run('PRAGMA busy_timeout = 5000')
      database.run(sql)
    } finally {
      database.close()
    }
  }
  const relays = new Set<Awaited<ReturnType<typeof startRelayProcess>>>()
  const strays = () => straysOf(home, new Set([...relays].map((relay) => relay.pid)))
  return {
    api,
    home,
    async start() {
      const relay = await startRelayProcess({ home, apiUrl: api.url, settings })
      relays.add(relay)
      return {
        ...relay,
        /** Each connection has ids of its own: they are remembered across restarts. */
        client: async (name: string, role: 'admin' | 'user' = 'user'): Promise<ProtocolClient> =>
          connectProtocol({ url: relay.url, token: await relay.token(name, role), name: `${name}${++connections}` }),
        /** As the kernel does it when memory runs out: no warning, no last word. */
        async killHard(): Promise<void> {
          relay.kill('SIGKILL')
          await relay.exited()
          relays.delete(relay)
        },
        /** As an operator does it: all that is under way may come to its end. */
        async stopGently(): Promise<void> {
          await relay.stop()
          relays.delete(relay)
        },
      }
    },
    /** Whether Claude has written these words down: only from then on can a conversation be gone on with. */
    wroteDown: (words: string): boolean =>
      [...new Bun.Glob('.claude/projects/**/*.jsonl').scanSync({ cwd: home.claudeHome, dot: true })].some((file) => readFileSync(join(home.claudeHome, file), 'utf8').includes(words)),
    rows<Row>(sql: string, ...params: string[]): Row[] {
      const database = new Database(path, { readonly: true })
      try {
        return database.query(sql).all(...params) as Row[]
      } finally {
        database.close()
      }
    },
    /** From outside, so that the relay is the one that people run: the first such change of a permission lasts until the relay is killed. */
    stand(when: string): { remove(): void } {
      const forever = 'SELECT count(*) FROM (WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n LIMIT 1000000000000) SELECT x FROM n)'
      change(`CREATE TRIGGER test_stands BEFORE UPDATE ON permissions WHEN ${when} BEGIN ${forever}; END`)
      return { remove: () => change('DROP TRIGGER test_stands') }
    },
    strays,
    /** Nobody who worked for an earlier relay is there any more. */
    noStrays: (where?: string) => noStrays(strays, where),
    async stop(): Promise<void> {
      for (const relay of relays) await relay.stop()
      await api.stop()
      home.remove()
    },
  }
}

export const taskIs = (status: string, executionId?: string) => (frame: Frame) =>
  frame.type === 'task' && frame.data['status'] === status && (!executionId || frame.data['execution_id'] === executionId)

/** Empty when there is no such file. */
export const contentOf = (path: string): string => (existsSync(path) ? readFileSync(path, 'utf8') : '')
