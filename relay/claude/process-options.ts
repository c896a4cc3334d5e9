// From a session's spec to the SDK's options: the one place that says how a CLI process is started.
import type { Options, PermissionMode, Query } from '@anthropic-ai/claude-agent-sdk'
import { permissionMode, Refused } from '#protocol'
import { folderEnvironment } from './child-environment.ts'
import type { Log } from '../observability/log.ts'
import { askForOrders } from './protected-files.ts'
import type { ProcessSpec } from './session-spec.ts'
import type { SlashCommand } from './facts.ts'

const MODEL = /^[A-Za-z0-9][A-Za-z0-9._:@/[\]-]{0,127}$/
const TOOL = /^[A-Za-z][A-Za-z0-9_.*-]{0,127}$/
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i
const MAX_SYSTEM_PROMPT_CHARS = 64 * 1024

function check(holds: boolean, what: string): void {
  if (!holds) throw new Refused('VALIDATION', `not a valid ${what}`)
}

export function checkModel(model: string): string {
  check(MODEL.test(model), 'model name')
  return model
}

export function checkPermissionMode(mode: string): PermissionMode {
  const parsed = permissionMode.safeParse(mode)
  if (!parsed.success) throw new Refused('VALIDATION', 'not a valid permission mode')
  return parsed.data
}

/**
 * Everything but callbacks and spawning. Values that came from people are checked by pattern, because most of them become parts of
 * the command line; the system prompt goes over stdin and may be any text.
 */
export function processOptions(spec: ProcessSpec, environment: Record<string, string>, bin: string | null): Options {
  const options: Options = {
    cwd: spec.cwd,
    env: { ...environment, ...folderEnvironment(spec.trusted) },
    systemPrompt: { type: 'preset', preset: 'claude_code' },
    settingSources: spec.trusted ? ['user', 'project', 'local'] : ['user'],
    strictMcpConfig: !spec.trusted,
    permissionMode: checkPermissionMode(spec.permissionMode),
    includePartialMessages: true,
    forwardSubagentText: true,
    hooks: { PreToolUse: askForOrders },
  }
  if (bin !== null) options.pathToClaudeCodeExecutable = bin
  if (spec.permissionMode === 'bypassPermissions') options.allowDangerouslySkipPermissions = true
  if (spec.model) options.model = checkModel(spec.model)
  if (spec.systemPrompt) {
    check(spec.systemPrompt.length <= MAX_SYSTEM_PROMPT_CHARS, 'system prompt')
    options.systemPrompt = { type: 'preset', preset: 'claude_code', append: spec.systemPrompt }
  }
  if (spec.tools) {
    for (const tool of spec.tools) check(TOOL.test(tool), 'tool name')
    options.tools = spec.tools
  }
  if (spec.maxTurns) {
    check(Number.isSafeInteger(spec.maxTurns) && spec.maxTurns > 0, 'number of turns')
    options.maxTurns = spec.maxTurns
  }
  if (spec.conversationId !== null) {
    check(UUID.test(spec.conversationId), 'conversation id')
    options.resume = spec.conversationId
    if (spec.fork) options.forkSession = true
    if (spec.resumeAt) {
      check(UUID.test(spec.resumeAt), 'message id')
      options.resumeSessionAt = spec.resumeAt
    }
  }
  return options
}

export type Model = { value: string; name: string; description: string }
/** What it says of itself when it is up. */
export type Ready = { commands: SlashCommand[]; models: Model[] }

export async function readyOf(session: Query, spec: ProcessSpec, log: Log): Promise<Ready> {
  const { commands, models } = await session.initializationResult()
  // Without its rules it asks more often, which is better than not to run.
  const { sessionId, rules = [] } = spec
  if (rules.length > 0) await session.applyFlagSettings({ permissions: { allow: rules } }).catch((error: unknown) => log.warn('claude.rules_refused', { sessionId, error }))
  return {
    commands: commands.map(({ name, description, argumentHint, builtin }) => ({ name, description, argumentHint, builtin })),
    models: models.map(({ value, displayName, description }) => ({ value, name: displayName, description })),
  }
}
