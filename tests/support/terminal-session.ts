// A conversation as Claude's CLI keeps it of a terminal: one question and its answer.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const told = [
  { type: 'user', message: { role: 'user', content: 'What is here?' } },
  { type: 'assistant', message: { id: 'msg_1', type: 'message', role: 'assistant', model: 'claude-x', content: [{ type: 'text', text: 'Nothing so far.' }], stop_reason: 'end_turn', usage: { input_tokens: 1, output_tokens: 1 } } },
]

/** `home`: of whom the CLI runs for. `cwd`: the folder it was talked to in. */
export function writeTerminalSession(home: string, cwd: string, conversation: string): void {
  const folder = join(home, '.claude', 'projects', cwd.replace(/[^a-zA-Z0-9]/g, '-'))
  mkdirSync(folder, { recursive: true })
  const uuids = told.map(() => crypto.randomUUID())
  const lines = told.map((line, at) => JSON.stringify({ parentUuid: uuids[at - 1] ?? null, isSidechain: false, uuid: uuids[at], timestamp: new Date(1_700_000_000_000 + at * 1_000).toISOString(), cwd, entrypoint: 'cli', sessionId: conversation, ...line }))
  writeFileSync(join(folder, `${conversation}.jsonl`), `${lines.join('\n')}\n`)
}
