// What the next process of a session is started with, from the rows as they are now.
import { Refused, ruleText } from '#protocol'
import type { ProcessSpec } from '../claude/claude.ts'
import { allowedMode } from '../sessions/sessions.ts'
import type { Dependencies } from './dependencies.ts'
import { readExecution, type KeptExecution } from './kept-executions.ts'
import { readTodos } from './kept-todos.ts'
import { readRules } from './rows.ts'

export async function processSpec({ storage, sessions, workspaces, allowBypass }: Dependencies, sessionId: string): Promise<ProcessSpec> {
  const record = await sessions.present(sessionId)
  const workspace = await workspaces.get(record.workspaceId)
  if (!workspace) throw new Refused('GONE', 'the folder of this session is no workspace any more')
  const { forkPending } = record
  const source = forkPending?.execution_id ? await branchPoint(storage, forkPending.execution_id) : null
  const conversationId = source?.conversationId ?? forkPending?.conversation_id ?? record.conversationId
  return {
    sessionId,
    cwd: workspace.path,
    conversationId,
    fork: forkPending !== null,
    // Also when all of it was meant: the original may have gone on meanwhile.
    resumeAt: source?.lastEntry ?? null,
    model: record.model,
    permissionMode: allowedMode(record.permissionMode, allowBypass),
    systemPrompt: record.systemPrompt,
    tools: record.tools,
    maxTurns: record.maxTurns,
    todos: conversationId === null ? [] : await readTodos(storage, sessionId),
    trusted: await workspaces.isTrusted(record.workspaceId, true),
    stillTrusted: () => workspaces.isTrusted(record.workspaceId, true),
    rules: await rulesOf(storage, record.workspaceId, sessionId),
  }
}

/** What is allowed in a session without asking, in the CLI's words. */
export const rulesOf = async (storage: Pick<Dependencies['storage'], 'query'>, workspaceId: string, sessionId: string): Promise<string[]> =>
  (await readRules(storage, workspaceId, sessionId)).map(ruleText)

/** The turn itself, or the one before it when its process died without a word. */
async function branchPoint(storage: Dependencies['storage'], executionId: string): Promise<KeptExecution | null> {
  for (let id: string | null = executionId; id !== null; ) {
    const execution: KeptExecution | null = await readExecution(storage, id)
    if (!execution || execution.lastEntry !== null) return execution
    id = execution.afterId
  }
  return null
}
