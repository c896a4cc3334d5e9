// A turn that Claude begins by itself ends with its process, whatever that has told of it last: nobody waits for ever, and a crash holds the queue.
import { expect, test } from 'bun:test'
import type { ClaudeListener, ClaudeSession, ProcessEnd } from '../../../relay/claude/claude.ts'
import { eventually } from '../../support/eventually.ts'
import { startExecutions, type Rig } from '../../support/start-executions.ts'

/** In the place of the process: takes what it is sent, and tells what the test says. */
function standIn(rig: Rig) {
  const sent: string[] = []
  let listener: ClaudeListener | null = null
  const link: Record<string, unknown> = { state: 'ready', commands: () => [], send: async ({ id }: { id: string }) => void sent.push(id) }
  for (const name of ['setTrusted', 'setRules', 'setModel', 'setPermissionMode', 'interrupt', 'end', 'close']) link[name] = async () => undefined
  rig.claude.open = (_spec, told) => {
    listener = told
    return link as unknown as ClaudeSession
  }
  const died = (lostPromptIds: string[]): ProcessEnd => ({ cause: 'died', detail: 'killed', duringTurn: true, lostPromptIds })
  return {
    sent,
    begins: (promptIds: string[]) => listener!.turnBegan({ origin: promptIds.length > 0 ? 'prompt' : 'background', promptIds }),
    completes: (promptIds: string[]) => listener!.turnEnded({ status: 'completed', reason: 'completed', error: null, stats: null, promptIds, localCommand: null, lastEntryId: 'e' }),
    dies: (lostPromptIds: string[] = []) => listener!.ended(died(lostPromptIds)),
  }
}

async function withStandIn(work: (rig: Rig, claude: ReturnType<typeof standIn>) => Promise<void>): Promise<void> {
  const rig = await startExecutions()
  try {
    await work(rig, standIn(rig))
  } finally {
    await rig.stop()
  }
}

test('Q3 beside a prompt that it has not taken: its turn ends, the prompt is given again, and what waits is held', () =>
  withStandIn(async (rig, claude) => {
    const ada = await rig.person('Ada')
    const first = await ada.prompt('first')
    const { session_id } = first
    const heard = await rig.session(session_id)
    await eventually('the prompt is handed over', () => claude.sent.length === 1)
    claude.begins([])
    await heard.until(({ type, data }) => type === 'task' && data.origin === 'background', 'its own turn')
    const second = await ada.prompt('second', { session_id })
    claude.dies([claude.sent[0]!])
    const { data: own } = await heard.until(({ type, data }) => type === 'task' && data.origin === 'background' && data.ended_at !== undefined, 'the end of its own turn')
    expect(own).toMatchObject({ status: 'interrupted', reason: 'process_died' })
    await eventually('the prompt is handed over again', () => claude.sent.length === 2)
    claude.begins([claude.sent[1]!])
    claude.completes([claude.sent[1]!])
    await heard.task('completed', first.execution_id)
    await heard.state('held')
    expect(await rig.executions.queueOf(session_id)).toMatchObject({ items: [{ message_id: second.message_id }], held_by: { reason: 'crash' } })
    await ada.command({ session_id, command: 'continue' })
    await heard.task('running', second.execution_id)
  }))

test('Q3 killed in the moment in which it began: its turn ends, and the session goes on', () =>
  withStandIn(async (rig, claude) => {
    const ada = await rig.person('Ada')
    const first = await ada.prompt('first')
    const heard = await rig.session(first.session_id)
    await eventually('the prompt is handed over', () => claude.sent.length === 1)
    claude.begins([claude.sent[0]!])
    claude.completes([claude.sent[0]!])
    await heard.task('completed', first.execution_id)
    claude.begins([])
    claude.dies()
    const { data: own } = await heard.until(({ type, data }) => type === 'task' && data.origin === 'background' && data.ended_at !== undefined, 'the end of its own turn')
    expect(own).toMatchObject({ status: 'interrupted', reason: 'process_died' })
    const second = await ada.prompt('second', { session_id: first.session_id })
    await heard.task('running', second.execution_id)
  }))
