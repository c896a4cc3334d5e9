// Who may import whom, held by a test: the table of ARCHITECTURE.md in full.
import { Glob } from 'bun'
import { expect, test } from 'bun:test'
import { dirname, join, relative } from 'node:path'

const root = join(import.meta.dir, '..')

/** room → rooms it may import. Its own room, packages and what `anyone` lists are always allowed. */
const MAY: Record<string, string[]> = {
  'src/protocol': [],
  'src/connection': ['src/protocol'],
  'src/timeline': ['src/protocol'],
  'src/uploads': ['src/protocol', 'src/connection'],
  'src/collaboration': ['src/protocol', 'src/connection'],
  'src/stores': ['src/protocol', 'src/connection', 'src/timeline', 'src/uploads', 'src/collaboration', 'src/i18n'],
  'src/ui': ['src/i18n', 'src/timeline'],
  'src/i18n': ['src/protocol'],
  'src/pwa': ['src/protocol', 'src/connection'],
  'src/mocks': ['src/protocol', 'src/timeline'],
  'src/views': ['src/stores', 'src/timeline', 'src/ui', 'src/i18n', 'src/protocol'],
  'relay/storage': [],
  'relay/events': ['relay/storage'],
  'relay/auth': ['relay/storage'],
  'relay/answers': ['relay/storage', 'relay/auth'],
  'relay/channels': ['relay/events', 'relay/storage'],
  'relay/claude': [],
  'relay/sessions': ['relay/storage', 'relay/channels', 'relay/events', 'relay/auth', 'relay/answers'],
  'relay/workspaces': ['relay/storage', 'relay/channels', 'relay/auth', 'relay/answers'],
  'relay/files': ['relay/storage', 'relay/channels', 'relay/auth', 'relay/answers'],
  'relay/executions': ['relay/storage', 'relay/channels', 'relay/auth', 'relay/answers', 'relay/claude', 'relay/sessions', 'relay/workspaces', 'relay/files'],
  'relay/http': ['relay/auth', 'relay/answers', 'relay/sessions', 'relay/workspaces', 'relay/files', 'relay/executions', 'relay/claude'],
  'relay/ws': ['relay/auth', 'relay/answers', 'relay/channels', 'relay/sessions', 'relay/workspaces', 'relay/files', 'relay/executions'],
  'relay/demo': ['relay/claude'],
}
const RELAY_ANYONE = ['relay/observability', 'src/protocol']
/** Single files at a root that anyone beside them may import. */
const FILES_ANYONE = ['relay/clock.ts', 'src/clock.ts', 'relay/config.ts', 'relay/rate-limits.ts']
/** Composition roots: they put everything together, so they import anything. */
const ROOTS = ['src/main.ts', 'src/services.ts', 'src/router.ts', 'src/App.vue', 'relay/main.ts', 'relay/relay.ts']

const roomOf = (file: string) => file.split('/').slice(0, 2).join('/')

async function importsOf(file: string): Promise<string[]> {
  const text = await Bun.file(join(root, file)).text()
  const found = [...text.matchAll(/(?:from|import)\s*\(?\s*['"]([^'"]+)['"]/g)].map((match) => match[1]!)
  return found.flatMap((target) => {
    if (target === '#protocol') return ['src/protocol/index.ts']
    // Our own imports carry their real ending; `.js` stands only in the code that the demo writes out as a sample.
    return target.startsWith('.') && !target.endsWith('.js') ? [relative(root, join(root, dirname(file), target.replace(/\?.*$/, '')))] : []
  })
}

function problem(file: string, target: string): string | null {
  if (ROOTS.includes(file) || file.startsWith('relay/cli/')) return null
  const from = roomOf(file)
  const to = roomOf(target)
  if (from === to || FILES_ANYONE.includes(target)) return null
  if (target.endsWith('.css') && to === 'src/styles') return null
  if (file.startsWith('relay/') && RELAY_ANYONE.includes(to)) return target === 'src/protocol/index.ts' || to !== 'src/protocol' ? null : 'only through #protocol'
  if (from.startsWith('src/') && to.startsWith('relay/')) return 'the browser never imports the relay'
  if (MAY[from] === undefined) return `the room ${from} is not in the table`
  return MAY[from].includes(to) ? null : `${from} may not import ${to}`
}

const files = [...new Glob('{src,relay}/**/*.{ts,vue}').scanSync(root)].filter((file) => !file.endsWith('.d.ts')).sort()

test('every import keeps to the table', async () => {
  const problems: string[] = []
  for (const file of files) for (const target of await importsOf(file)) {
    const why = problem(file, target)
    if (why) problems.push(`${file} → ${target}: ${why}`)
  }
  expect(problems).toEqual([])
})

test('only the relay imports the SDK, and only the room that drives Claude', async () => {
  const users: string[] = []
  for (const file of files) if ((await Bun.file(join(root, file)).text()).includes("'@anthropic-ai/claude-agent-sdk'")) users.push(roomOf(file))
  expect([...new Set(users)].filter((room) => room !== 'relay/claude')).toEqual([])
})

test('the first line of every file says what it is for', async () => {
  const silent: string[] = []
  for (const file of files) {
    const first = (await Bun.file(join(root, file)).text()).split('\n', 1)[0] ?? ''
    if (!/^(\/\/|<!--|\/\*|#!)/.test(first)) silent.push(file)
  }
  expect(silent).toEqual([])
})

test('no file has grown past 400 lines, no name says nothing', async () => {
  const bad: string[] = []
  for (const file of files) {
    if (!file.startsWith('src/i18n/') && (await Bun.file(join(root, file)).text()).split('\n').length > 400) bad.push(file)
    if (/(^|\/)(utils?|helpers?|managers?|common|misc|service)(\.|\/)/i.test(file)) bad.push(file)
  }
  expect(bad).toEqual([])
})
