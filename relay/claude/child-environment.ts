// What of the relay's environment a Claude process may see: an allow-list, so that nothing of the relay's own leaks into tools.

type Environment = Record<string, string | undefined>

const NAMES = new Set([
  ...['PATH', 'HOME', 'USER', 'LOGNAME', 'LANG', 'LANGUAGE', 'TZ', 'TMPDIR', 'SHELL', 'TERM', 'COLORTERM', 'SSH_AUTH_SOCK', 'CLAUDE_CONFIG_DIR'],
  ...['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'ALL_PROXY', 'http_proxy', 'https_proxy', 'no_proxy', 'all_proxy'],
  ...['NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE', 'SSL_CERT_DIR', 'REQUESTS_CA_BUNDLE', 'CURL_CA_BUNDLE', 'GIT_SSL_CAINFO'],
])
const PREFIXES = ['LC_', 'XDG_', 'ANTHROPIC_', 'CLAUDE_CODE_', 'DISABLE_']
/** Set by a Claude process for what it starts: a relay started from inside one must not pass its parent's on. */
const NOT_INHERITED = /^CLAUDE_CODE_(ENTRYPOINT|EXECPATH|SSE_PORT|REMOTE.*|.*SESSION.*|.*FILE_DESCRIPTOR)$/

/** Clouds that sell the model: their variables pass only while their switch is on. */
const CLOUDS: { on: string; prefixes: string[] }[] = [
  { on: 'CLAUDE_CODE_USE_BEDROCK', prefixes: ['AWS_'] },
  { on: 'CLAUDE_CODE_USE_VERTEX', prefixes: ['GOOGLE_', 'GCLOUD_', 'CLOUDSDK_', 'CLOUD_ML_', 'VERTEX_REGION_'] },
  { on: 'CLAUDE_CODE_USE_FOUNDRY', prefixes: ['AZURE_'] },
]

export const isOn = (value: string | undefined): boolean => value !== undefined && !['', '0', 'false', 'no', 'off'].includes(value.toLowerCase())

/** `moreNames` are the operator's own additions (`CLAUDE_ENV`). */
export function childEnvironment(environment: Environment, moreNames: readonly string[]): Record<string, string> {
  const prefixes = [...PREFIXES, ...CLOUDS.filter((cloud) => isOn(environment[cloud.on])).flatMap((cloud) => cloud.prefixes)]
  const allowed = (name: string): boolean =>
    moreNames.includes(name) || NAMES.has(name) || (!NOT_INHERITED.test(name) && prefixes.some((prefix) => name.startsWith(prefix)))
  const child: Record<string, string> = {}
  for (const [name, value] of Object.entries(environment)) if (value !== undefined && allowed(name)) child[name] = value
  // The newest models come without the todo tools; the todo list is part of what people see here.
  child.CLAUDE_CODE_ENABLE_TODO_TOOLS ??= '1'
  // The CLI that runs is the one that was tested with this relay, or the operator's own.
  child.DISABLE_AUTOUPDATER ??= '1'
  return child
}

/**
 * What holds whatever the operator's environment says. A mentioned file would go to the model without a question and without a trace, so
 * mentions only tell Claude the path, and its own tools read the file. Scheduled prompts and workflows are read from the folder without
 * regard to setting sources, so that a folder nobody trusts must have them off.
 */
export function folderEnvironment(trusted: boolean): Record<string, string> {
  const always = { CLAUDE_CODE_DISABLE_FILE_MENTIONS: '1' }
  return trusted ? always : { ...always, CLAUDE_CODE_DISABLE_CRON: '1', CLAUDE_CODE_DISABLE_WORKFLOWS: '1' }
}
