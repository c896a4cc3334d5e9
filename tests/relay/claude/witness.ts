// A listener that remembers all it was told, so that tests can wait for facts.
import type { ClaudeListener, PermissionDecision, PermissionQuestion } from '../../../relay/claude/claude.ts'

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
