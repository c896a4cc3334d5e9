// Files that every later Claude of a folder follows like orders: they are not written without a question, though other edits may be.
import type { HookCallback, HookCallbackMatcher } from '@anthropic-ai/claude-agent-sdk'

const ORDERS = /(^|[/\\])claude(\.local)?\.md$/i
const MENTIONED = /claude(\.local)?\.md/i

const ask: HookCallback = async (hook) => {
  if (hook.hook_event_name !== 'PreToolUse' || hook.permission_mode === 'bypassPermissions') return {}
  const { command, file_path } = (hook.tool_input ?? {}) as { command?: unknown; file_path?: unknown }
  // In any mode: a rule lets commands that copy, move and change files pass as well. What one does with the file that it names cannot be told.
  const writes = hook.tool_name === 'Bash' ? MENTIONED.test(String(command)) : ORDERS.test(String(file_path))
  return writes ? { hookSpecificOutput: { hookEventName: 'PreToolUse', permissionDecision: 'ask' } } : {}
}

/** The CLI by itself asks for .claude, .git and .mcp.json only, and writes through no link. */
export const askForOrders: HookCallbackMatcher[] = [{ matcher: 'Bash|Edit|MultiEdit|Write', hooks: [ask] }]
