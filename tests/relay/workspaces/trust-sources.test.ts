// Everything that the CLI loads for a trusted folder is in the report and in its hash: above it, beside it, past any cap.
import { afterAll, afterEach, beforeEach, expect, test } from 'bun:test'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { reportFolder } from '../../../relay/workspaces/trust-report.ts'
import { outcomeOf } from '../auth/auth-rig.ts'
import { prompt, removeFolders, startRoom } from '../claude/real-claude.ts'
import { sessionsRig } from '../sessions/sessions-rig.ts'
import { type Folder, tempFolder } from './folder.ts'

/** Where Claude keeps what is its person's own: not here. */
const nobodys = '/nowhere/.claude'

let top: Folder
let root: string
beforeEach(() => {
  top = tempFolder()
  root = join(top.path, 'above/project')
  mkdirSync(root, { recursive: true })
})
afterEach(() => top.remove())
afterAll(removeFolders)

const hookOf = (command: string) => ({ hooks: [{ type: 'command', command }] })
const hash = () => reportFolder(root, nobodys).hash

test('scheduled prompts are listed in full, and are part of the hash; when one last ran is not', () => {
  const write = (more: object, text = `tidy ${'up '.repeat(300)}END`) =>
    top.write('above/project/.claude/scheduled_tasks.json', JSON.stringify({ tasks: [{ id: 'a', cron: '0 9 * * 1', prompt: text, ...more }] }))
  const before = hash()
  write({})
  const report = reportFolder(root, nobodys)
  expect(report.scheduled).toHaveLength(1)
  expect(report.scheduled[0]).toStartWith('0 9 * * 1: tidy up')
  expect(report.scheduled[0]).toEndWith('END')
  expect(report.hash).not.toBe(before)
  write({ lastFiredAt: 1 })
  expect(hash()).toBe(report.hash)
  write({ lastFiredAt: 1 }, 'something else')
  expect(hash()).not.toBe(report.hash)
  top.write('above/project/.claude/scheduled_tasks.json', '{ "tasks": [')
  expect(reportFolder(root, nobodys).scheduled).toEqual(['.claude/scheduled_tasks.json: cannot be read as JSON'])
})

test.each([
  ...['.claude/loop.md', '.claude/workflows/w.js', '.claude/routines/r.md', 'AGENTS.md', '../.mcp.json', '../../.mcp.json', '../CLAUDE.md', '../../CLAUDE.md'],
  ...['../AGENTS.md', '../CLAUDE.local.md', '../.claude/CLAUDE.md', '../.claude/skills/s/SKILL.md', '../.claude/commands/c.md', '../.claude/agents/a.md', '../.claude/workflows/w.js'],
])('%s is in the report and in the hash', (path) => {
  const before = hash()
  top.write(join('above/project', path), '{"mcpServers":{"one":{"command":"one"}}}')
  const report = reportFolder(root, nobodys)
  expect(report.hash).not.toBe(before)
  const shown = path.startsWith('..') ? join(root, path) : path
  expect([...report.claude_md, ...report.mcp_servers]).toEqual([path.endsWith('.mcp.json') ? 'one: one' : shown])
  top.write(join('above/project', path), '{"mcpServers":{"one":{"command":"two"}}}')
  expect(hash()).not.toBe(report.hash)
})

test('local settings of the repository around it, and of the main one of a linked worktree, are in it', () => {
  const local = (name: string) => JSON.stringify({ hooks: { SessionStart: [hookOf(name)] } })
  top.run('git', 'init', '-q', 'main')
  top.run('git', '-C', 'main', '-c', 'user.name=a', '-c', 'user.email=a@b', 'commit', '-q', '--allow-empty', '-m', 'one')
  top.run('git', '-C', 'main', 'worktree', 'add', '-q', '-b', 'side', '../above/tree')
  top.write('main/.claude/settings.local.json', local('of-main'))
  top.write('above/tree/.claude/settings.local.json', local('of-tree'))
  top.write('main/.claude/skills/s/SKILL.md', 's')
  mkdirSync(join(top.path, 'above/tree/inner'))
  const report = reportFolder(join(top.path, 'above/tree/inner'), nobodys)
  expect(report.hooks).toEqual(['SessionStart: of-tree', 'SessionStart: of-main'])
  expect(report.claude_md).toEqual([join(top.path, 'main/.claude/skills/s/SKILL.md')])
})

test('what the user keeps for all folders is no part of it, a folder beside it is', () => {
  top.write('.claude/skills/own/SKILL.md', 'own')
  top.write('CLAUDE.md', 'of the home folder')
  expect(reportFolder(root, join(top.path, '.claude')).claude_md).toEqual([join(top.path, 'CLAUDE.md')])
})

test('a file is hashed to its end, however large; times say nothing', () => {
  const path = 'above/project/.claude/skills/x/SKILL.md'
  const long = 'a'.repeat(3_000_000)
  top.write(path, `${long}GOOD`)
  top.run('cp', '-p', path, 'kept')
  const before = hash()
  top.write(path, `${long}EVIL`)
  top.run('touch', '-r', 'kept', path)
  expect(hash()).not.toBe(before)
  top.write(path, readFileSync(join(top.path, 'kept'), 'utf8'))
  expect(hash()).toBe(before)
})

test('more than is listed is said, and what would run unseen cannot be trusted', async () => {
  const rig = await sessionsRig()
  const admin = await rig.person('admin', 'admin')
  const settings = (count: number) => JSON.stringify({ hooks: { Stop: Array.from({ length: count }, (_, at) => hookOf(`echo ${at}`)) } })
  mkdirSync(join(rig.folder, '.claude/skills'), { recursive: true })
  const trust = async () => {
    const report = await rig.workspaces.trustReport(admin, rig.workspace.id)
    return { report, outcome: await outcomeOf(rig.ask(admin, (asked) => rig.workspaces.trust(asked, rig.workspace.id, { trusted: true, hash: report.hash }))) }
  }
  writeFileSync(join(rig.folder, '.claude/settings.json'), settings(206))
  let { report, outcome } = await trust()
  expect(report.hooks.at(-1)).toBe('… and 6 more')
  expect(report.incomplete).toBe(true)
  expect(outcome).toBe('VALIDATION')
  // Larger than is described: nobody could see what it runs.
  writeFileSync(join(rig.folder, '.claude/settings.json'), `${settings(1)}${' '.repeat(2 * 1024 * 1024)}`)
  expect((await trust()).outcome).toBe('VALIDATION')
  // Texts that are only read may be many: each counts, the rest is said by number.
  writeFileSync(join(rig.folder, '.claude/settings.json'), settings(3))
  for (let at = 0; at < 210; at++) writeFileSync(join(rig.folder, `.claude/skills/${at}.md`), 'text')
  ;({ report, outcome } = await trust())
  expect(report.claude_md.at(-1)).toBe('… and 10 more')
  expect(report.incomplete).toBeUndefined()
  expect(outcome).toBe('allowed')
  writeFileSync(join(rig.folder, '.claude/skills/99.md'), 'changed')
  expect(await rig.workspaces.isTrusted(rig.workspace.id, true)).toBe(false)
  for (let at = 0; at < 5_000; at++) writeFileSync(join(rig.folder, `.claude/skills/more-${at}.md`), '')
  expect((await trust()).outcome).toBe('VALIDATION')
  await rig.end()
})

test('all that the CLI itself loads for a trusted folder has been in the report', async () => {
  const room = startRoom()
  const fill = (folder: string, name: string) => {
    for (const file of ['CLAUDE.md', 'CLAUDE.local.md', '.claude/CLAUDE.md', '.claude/rules/r.md']) top.write(`${folder}/${file}`, `MARK[${folder}/${file}]`)
    for (const file of [`skills/s${name}/SKILL.md`, `agents/a${name}.md`]) {
      top.write(`${folder}/.claude/${file}`, `---\nname: n${name}\ndescription: MARK[${folder}/.claude/${file}]\n---\nx`)
    }
    top.write(`${folder}/.claude/commands/c${name}.md`, `---\ndescription: MARK[${folder}/.claude/commands/c${name}.md]\n---\nx`)
  }
  fill('above/project', 'one')
  fill('above', 'two')
  const { session, witness } = room.open({ cwd: root, trusted: true })
  await session.send(prompt('hello'))
  expect(await witness.next('turnEnded')).toMatchObject({ status: 'completed' })
  const said = room.api.requests.map(({ body }) => JSON.stringify(body)).join('')
  const loaded = [...new Set([...said.matchAll(/MARK\[([^\]]+)\]/g)].map(([, path]) => join(top.path, path!)))].sort()
  const { claude_md: shown } = reportFolder(root, nobodys)
  expect(loaded.length).toBeGreaterThan(8)
  expect(loaded.filter((path) => !shown.map((each) => join(each.startsWith('/') ? '/' : root, each)).includes(path))).toEqual([])
  await session.close()
  await room.stop()
}, 60_000)
