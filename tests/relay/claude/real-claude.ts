// A real Claude room in front of the scripted API, for tests.
import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { systemClock, type Clock } from '../../../relay/clock.ts'
import { createClaude, type ClaudeConfig, type ProcessSpec } from '../../../relay/claude/claude.ts'
import { createScriptedMessagesApi } from '../../../relay/demo/scripted-messages-api.ts'
import { createLog } from '../../../relay/observability/log.ts'
import { testEnvironment } from '../../support/child-environment.ts'
import { createWitness } from './witness.ts'

const folders: string[] = []
export function freshFolder(name: string): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), `${name}-`)))
  folders.push(folder)
  return folder
}

/** When a file's last test is over. */
export function removeFolders(): void {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
}

export type RoomOptions = { config?: Partial<ClaudeConfig>; clock?: Clock; environment?: Record<string, string>; api?: ReturnType<typeof createScriptedMessagesApi>; /** Absolute paths, each handed over by its last name. */
  uploadsOf?: (sessionId: string) => Promise<string[]> }

export function startRoom(options: RoomOptions = {}) {
  const api = options.api ?? createScriptedMessagesApi()
  const home = freshFolder('claude-home')
  const lines: string[] = []
  const clock = options.clock ?? systemClock
  const { uploadsOf } = options
  const config: ClaudeConfig = {
    bin: null,
    idleMs: 30 * 60_000,
    maxProcesses: 4,
    spares: 0,
    sandbox: 'off',
    persistent: true,
    environmentNames: [],
    dataFolder: freshFolder('ensemble-data'),
    ...options.config,
  }
  const environment = { ...testEnvironment(api.url, home), ...options.environment }
  const claude = createClaude({ config, clock, log: createLog((line) => lines.push(line), clock), newId: () => crypto.randomUUID().slice(0, 8), environment, ...(uploadsOf && { filesOf: async (id: string) => (await uploadsOf(id)).map((path) => ({ id: path, path: basename(path), local: async () => path })) }) })
  let count = 0
  return {
    api,
    claude,
    config,
    environment,
    home,
    lines,
    open(more: Partial<ProcessSpec> = {}) {
      const spec: ProcessSpec = { sessionId: `session-${++count}`, cwd: freshFolder('claude-folder'), conversationId: null, permissionMode: 'default', trusted: false, ...more }
      const witness = createWitness()
      return { spec, witness, session: claude.open(spec, witness.listener) }
    },
    async stop(): Promise<void> {
      await claude.stop()
      await api.stop()
    },
  }
}

export const prompt = (content: string, priority: 'next' | 'later' | 'now' = 'next') => ({ id: crypto.randomUUID(), content, priority })

/** Whether a process with this id is there and no zombie. */
export async function isAlive(pid: number): Promise<boolean> {
  const status = await Bun.file(`/proc/${pid}/stat`).text().catch(() => '')
  return status !== '' && !/\) [ZX] /.test(status)
}
