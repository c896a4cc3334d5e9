// A real Claude room in front of the scripted API, and a listener that remembers all it was told, for tests.
import { mkdtempSync, realpathSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock, type Clock } from '../../../relay/clock.ts'
import { createClaude, type ClaudeConfig, type ClaudeListener, type PermissionDecision, type PermissionQuestion, type ProcessSpec } from '../../../relay/claude/claude.ts'
import { createScriptedMessagesApi } from '../../../relay/demo/scripted-messages-api.ts'
import { createLog } from '../../../relay/observability/log.ts'
import { testEnvironment } from '../../support/child-environment.ts'

export const freshFolder = (name: string): string => realpathSync(mkdtempSync(join(tmpdir(), `${name}-`)))

type Entry =
  | { [Kind in 'fact' | 'turnBegan' | 'promptTaken' | 'turnEnded' | 'ended' | 'modeChanged']: { kind: Kind; value: Parameters<Required<ClaudeListener>[Kind]>[0] } }['fact' | 'turnBegan' | 'promptTaken' | 'turnEnded' | 'ended' | 'modeChanged']
  | { kind: 'conversation'; value: { id: string; cleared: boolean } }
  | { kind: 'permission'; value: { question: PermissionQuestion; withdrawn: AbortSignal; answer(decision: PermissionDecision): void } }
type Values = { [Each in Entry as Each['kind']]: Each['value'] }
type EntryOf<Kind extends Entry['kind']> = Values[Kind]

/** Remembers everything; `next` settles with the first entry of that kind, from the last one it gave on, that passes the test. */
export function createWitness() {
  const entries: Entry[] = []
  const watchers = new Set<() => void>()
  const positions = new Map<string, number>()
  const add = (entry: Entry): void => {
    entries.push(entry)
    for (const look of [...watchers]) look()
  }
  const listener: ClaudeListener = {
    fact: (value) => add({ kind: 'fact', value }),
    turnBegan: (value) => add({ kind: 'turnBegan', value }),
    promptTaken: (value) => add({ kind: 'promptTaken', value }),
    turnEnded: (value) => add({ kind: 'turnEnded', value }),
    conversation: (id, cleared) => add({ kind: 'conversation', value: { id, cleared } }),
    modeChanged: (value) => add({ kind: 'modeChanged', value }),
    permission: (question, withdrawn) => new Promise((answer) => add({ kind: 'permission', value: { question, withdrawn, answer } })),
    ended: (value) => add({ kind: 'ended', value }),
  }
  return {
    listener,
    entries: entries as readonly Entry[],
    all: <Kind extends Entry['kind']>(kind: Kind): EntryOf<Kind>[] => entries.flatMap((entry) => (entry.kind === kind ? [entry.value as EntryOf<Kind>] : [])),
    next<Kind extends Entry['kind']>(kind: Kind, test: (value: EntryOf<Kind>) => boolean = () => true): Promise<EntryOf<Kind>> {
      const { promise, resolve } = Promise.withResolvers<EntryOf<Kind>>()
      const look = (): void => {
        for (let at = positions.get(kind) ?? 0; at < entries.length; at++) {
          const entry = entries[at]!
          if (entry.kind !== kind || !test(entry.value as EntryOf<Kind>)) continue
          positions.set(kind, at + 1)
          watchers.delete(look)
          resolve(entry.value as EntryOf<Kind>)
          return
        }
      }
      watchers.add(look)
      look()
      return promise
    },
    /** The text that Claude has written so far in complete blocks. */
    text: (): string => entries.flatMap((entry) => (entry.kind === 'fact' && entry.value.type === 'claude_response' ? [entry.value.data.content] : [])).join(''),
  }
}
export type Witness = ReturnType<typeof createWitness>

export type RoomOptions = { config?: Partial<ClaudeConfig>; clock?: Clock; environment?: Record<string, string>; api?: ReturnType<typeof createScriptedMessagesApi> }

export function startRoom(options: RoomOptions = {}) {
  const api = options.api ?? createScriptedMessagesApi()
  const home = freshFolder('claude-home')
  const lines: string[] = []
  const clock = options.clock ?? systemClock
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
  const claude = createClaude({ config, clock, log: createLog((line) => lines.push(line), clock), newId: () => crypto.randomUUID().slice(0, 8), environment })
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
