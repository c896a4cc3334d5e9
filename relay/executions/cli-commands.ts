// Commands of the CLI written as prompts: the CLI asks nobody's role, so only those that write nothing by themselves pass.
import type { Offers } from '#protocol'
import type { SlashCommand } from '../claude/claude.ts'

/** Their words go to Claude, whose tools ask as always, or they only tell something. */
const PASSING = [
  'claude-api', 'code-review', 'compact', 'context', 'cost', 'dataviz', 'deep-research', 'init', 'recap', 'review', 'run', 'security-review', 'simplify', 'stats', 'usage', 'verify',
  'workflow-authoring',
]

/** They drop the conversation: for those who may clear it. */
const CLEARING = ['clear', 'new', 'reset']

/** All others that the CLI knows, hidden ones and second names included. They act as the relay's user: settings, sign-in, files, other sessions. */
const REFUSED = [
  '__remote-workflow', 'add-dir', 'advisor', 'agents', 'allowed-tools', 'android', 'app', 'artifacts', 'auto-mode-setup', 'autocompact', 'autofix-pr', 'background', 'bashes', 'batch', 'bg',
  'branch', 'break-reminder', 'breaks', 'brief', 'btw', 'bug', 'cd', 'checkpoint', 'checkup', 'chrome', 'claude-in-chrome', 'cloud-plugins', 'color', 'config', 'continue', 'copy', 'daemon',
  'debug', 'design-consent', 'design-login', 'design-revoke', 'desktop', 'diff', 'doctor', 'downtime', 'effort', 'exit', 'export', 'extra-usage', 'fast', 'feedback',
  'fewer-permission-prompts', 'focus', 'fork', 'goal', 'heapdump', 'help', 'hooks', 'ide', 'import', 'insights', 'install', 'install-github-app', 'install-slack-app', 'ios', 'keybindings',
  'keybindings-help', 'list-agents', 'login', 'logout', 'loop', 'marketplace', 'mcp', 'memory', 'memory-pause', 'mobile', 'model', 'name', 'output-style', 'passes', 'pause-memory', 'peers',
  'permissions', 'plan', 'plugin', 'plugin-authoring', 'plugins', 'powerup', 'privacy-settings', 'pro-trial-expired', 'proactive', 'project', 'quit', 'radio', 'rate-limit-options', 'rc',
  'release-notes', 'reload-plugins', 'reload-skills', 'remote', 'remote-control', 'remote-env', 'rename', 'restart', 'resume', 'rewind', 'routines', 'run-skill-generator', 'sandbox',
  'schedule', 'scroll-speed', 'session', 'settings', 'setup-bedrock', 'setup-cowork', 'setup-vertex', 'share', 'skill-doctor', 'skills', 'status', 'statusline', 'stickers', 'stop', 'subtask',
  'tasks', 'team-onboarding', 'teleport', 'terminal-setup', 'theme', 'toggle-memory', 'tp', 'tui', 'ultraplan', 'ultrareview', 'undo', 'update', 'update-config', 'upgrade', 'usage-credits',
  'use-case', 'version', 'vim', 'voice', 'web-setup', 'wellbeing', 'workflow-launch-exec', 'workflows',
]

const verdicts = new Map<string, 'passes' | 'clears' | 'refused'>([
  ...PASSING.map((name) => [name, 'passes'] as const),
  ...CLEARING.map((name) => [name, 'clears'] as const),
  ...REFUSED.map((name) => [name, 'refused'] as const),
])

/** Those of a process that may be given here, as people are offered them. */
export const offered = (commands: readonly SlashCommand[]): Offers['commands'] =>
  commands.filter(({ name }) => cliCommandIn(`/${name}`).verdict !== 'refused').map(({ name, description, argumentHint }) => ({ name, description, argument_hint: argumentHint }))

/** What a prompt is to the CLI. `text`: words for Claude, or a command or skill of the project. */
type CliCommand = { name: string; verdict: 'passes' | 'clears' | 'refused' | 'text' }

/** Reads it as the CLI does: trimmed, the name up to the first white space. Capitals make no other command of it. */
export function cliCommandIn(content: string): CliCommand {
  const name = (/^\/(\S+)/.exec(content.trim())?.[1] ?? '').toLowerCase()
  return { name, verdict: verdicts.get(name) ?? 'text' }
}
