// Puts into short lines what the CLI's settings and MCP files would run or set. Pure; understands what it can and hides nothing.
type Described = { hooks: string[]; mcp_servers: string[]; env: string[] }

const maxLineChars = 300
/** A prompt may be long, and its end says as much as its start. */
const maxPromptChars = 4_000

/** Settings that name a program of their own (the CLI's settings reference). */
const programs = ['apiKeyHelper', 'awsAuthRefresh', 'awsCredentialExport', 'gcpAuthRefresh', 'otelHeadersHelper', 'proxyAuthHelper']
const programObjects = ['statusLine', 'fileSuggestion', 'subagentStatusLine']

type Json = Record<string, unknown>

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)
const objectOf = (value: unknown): Json => (isObject(value) ? value : {})
const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : [])

function cleaned(text: string, maxChars: number): string {
  const clean = text.toWellFormed().replace(/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069]+/g, ' ')
  return clean.length > maxChars ? `${clean.slice(0, maxChars).toWellFormed()}…` : clean
}

const line = (text: string) => cleaned(text, maxLineChars)

const textOf = (value: unknown) => (typeof value === 'string' ? value : (JSON.stringify(value) ?? ''))

function parse(path: string, text: string): { json: Json } | { problem: string } {
  try {
    const json: unknown = JSON.parse(text.replace(/^\ufeff/, ''))
    return isObject(json) ? { json } : { problem: `${path}: not an object` }
  } catch {
    return { problem: `${path}: cannot be read as JSON` }
  }
}

function hooksOf(settings: Json): string[] {
  return Object.entries(objectOf(settings['hooks'])).flatMap(([event, groups]) =>
    listOf(groups).flatMap((group) => {
      const { matcher, hooks } = objectOf(group)
      const where = typeof matcher === 'string' && matcher !== '' ? `${event}(${matcher})` : event
      return listOf(hooks).map((hook) => `${where}: ${textOf(objectOf(hook)['command'] ?? hook)}`)
    }),
  )
}

function permissionsOf(settings: Json): string[] {
  const permissions = objectOf(settings['permissions'])
  const allowed = listOf(permissions['allow']).map((rule) => `allow: ${textOf(rule)}`)
  const folders = listOf(permissions['additionalDirectories']).map((folder) => `additional folder: ${textOf(folder)}`)
  const mode = permissions['defaultMode']
  return [...allowed, ...folders, ...(mode === undefined ? [] : [`mode: ${textOf(mode)}`])]
}

export function describeSettings(path: string, text: string): Described {
  const parsed = parse(path, text)
  if ('problem' in parsed) return { hooks: [parsed.problem], mcp_servers: [], env: [] }
  const { json } = parsed
  const hooks = [
    ...hooksOf(json),
    ...programs.filter((name) => json[name] !== undefined).map((name) => `${name}: ${textOf(json[name])}`),
    ...programObjects.filter((name) => isObject(json[name])).map((name) => `${name}: ${textOf(objectOf(json[name])['command'])}`),
    ...permissionsOf(json),
    ...Object.entries(objectOf(json['enabledPlugins'])).filter(([, on]) => on !== false).map(([name]) => `plugin: ${name}`),
    ...Object.entries(objectOf(json['extraKnownMarketplaces'])).map(([name, from]) => `marketplace: ${name} ${textOf(from)}`),
  ]
  const approvals = json['enableAllProjectMcpServers'] === true ? ['all servers of .mcp.json are switched on'] : []
  return {
    hooks: hooks.map(line),
    mcp_servers: [...approvals, ...serversOf(json)].map(line),
    env: Object.entries(objectOf(json['env'])).map(([name, value]) => line(`${name}=${textOf(value)}`)),
  }
}

function serversOf(json: Json): string[] {
  return Object.entries(objectOf(json['mcpServers'])).map(([name, server]) => {
    const { command, args, url, env } = objectOf(server)
    const what = typeof url === 'string' ? url : [textOf(command ?? server), ...listOf(args).map(textOf)].join(' ')
    const names = Object.keys(objectOf(env))
    return `${name}: ${what}${names.length > 0 ? ` (sets ${names.join(', ')})` : ''}`
  })
}

export function describeMcp(path: string, text: string): Described {
  const parsed = parse(path, text)
  if ('problem' in parsed) return { hooks: [], mcp_servers: [parsed.problem], env: [] }
  return { hooks: [], mcp_servers: serversOf(parsed.json).map(line), env: [] }
}

const tasksOf = (json: Json): Json[] => listOf(json['tasks']).map(objectOf)

/** The prompts that would be sent by themselves, with when. */
export function describeScheduled(path: string, text: string): string[] {
  const parsed = parse(path, text)
  if ('problem' in parsed) return [parsed.problem]
  return tasksOf(parsed.json).map((task) => cleaned(`${textOf(task['cron'])}: ${textOf(task['prompt'])}`, maxPromptChars))
}

/** What the file stands for: the CLI notes in it when a task last ran, which is nothing new. `otherwise` is for what is no such file. */
export function scheduledMark(text: string, otherwise: string): string {
  const parsed = parse('', text)
  if ('problem' in parsed) return otherwise
  const tasks = tasksOf(parsed.json).map((task) => JSON.stringify({ ...task, lastFiredAt: undefined }))
  return new Bun.CryptoHasher('sha256').update(JSON.stringify(tasks)).digest('hex')
}
