// Files that every later Claude of a folder follows like orders: they are not written without a question, though other edits may be.
import { basename, resolve } from 'node:path'
import type { HookCallback, HookCallbackMatcher } from '@anthropic-ai/claude-agent-sdk'

const ORDERS = /^claude(\.local)?\.md$/i
const MENTIONED = /claude(\.local)?\.md/i
/** One program that only reads, with plain words behind it: nothing a shell would make more of. */
const READING = /^(cat|head|tail|wc|ls|grep)( [\w./@:=-]+)+$/

/** What one does with a file that a command names cannot be told, but of the plainest. Quotes hide no name. */
const mayWrite = (command: string) => MENTIONED.test(command.replace(/["'\\]/g, '')) && !READING.test(command)

const ask: HookCallback = async (hook) => {
  if (hook.hook_event_name !== 'PreToolUse' || hook.permission_mode === 'bypassPermissions') return {}
  const { command, file_path } = (hook.tool_input ?? {}) as { command?: unknown; file_path?: unknown }
  // In any mode: a rule lets commands that copy, move and change files pass as well. The CLI takes a slash behind the name away.
  const writes = hook.tool_name === 'Bash' ? mayWrite(String(command)) : ORDERS.test(basename(resolve(hook.cwd, String(file_path))))
  return writes ? { hookSpecificOutput: { hookEventName: 'PreToolUse', permissionDecision: 'ask' } } : {}
}

/** The CLI by itself asks for .claude, .git and .mcp.json only, and writes through no link. */
export const askForOrders: HookCallbackMatcher[] = [{ matcher: 'Bash|Edit|MultiEdit|Write', hooks: [ask] }]
