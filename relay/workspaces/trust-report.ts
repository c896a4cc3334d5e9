// What a folder would run or have Claude read if it were trusted, and a hash that stands for exactly that.
import { closeSync, constants, fstatSync, openSync, readdirSync, readSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import type { TrustReport } from '#protocol'
import { describeMcp, describeSettings, type Described } from './describe-settings.ts'

export type FolderReport = Omit<TrustReport, 'trusted'>

const settingsFiles = ['.claude/settings.json', '.claude/settings.local.json']
const mcpFile = '.mcp.json'
const instructionFiles = ['CLAUDE.md', 'CLAUDE.local.md', '.claude/CLAUDE.md']
/** Commands, agents and skills may run things, too, and hooks are scripts: a changed one is something else than was trusted. */
const folders = ['.claude/agents', '.claude/commands', '.claude/hooks', '.claude/output-styles', '.claude/rules', '.claude/skills']

const maxFileBytes = 1024 * 1024
const maxFiles = 500
const maxDepth = 8
const maxListed = 200

type Found = { path: string; bytes: Buffer; outside: boolean; mark: string }

/** Read as Claude would, links followed; what is no regular file is left alone, and a FIFO is never waited for. */
function readFound(root: string, path: string): Found | null {
  const full = join(root, path)
  let descriptor: number
  try {
    descriptor = openSync(full, constants.O_RDONLY | constants.O_NONBLOCK)
  } catch {
    return null
  }
  try {
    const stats = fstatSync(descriptor)
    if (!stats.isFile()) return null
    const buffer = Buffer.alloc(Math.min(stats.size, maxFileBytes))
    const length = readSync(descriptor, buffer, 0, buffer.length, 0)
    const outside = !realpathSync(full).startsWith(`${root === '/' ? '' : root}/`)
    // Past the cap the bytes are not looked at, so that time and size have to stand for them.
    const mark = stats.size > maxFileBytes ? `${stats.size}:${stats.mtimeMs}` : ''
    return { path, bytes: buffer.subarray(0, length), outside, mark }
  } catch {
    return null
  } finally {
    closeSync(descriptor)
  }
}

/** Everything below, links followed as Claude would follow them; bounded, because links may go round in circles. */
function filesUnder(root: string, folder: string): string[] {
  const files: string[] = []
  const open = [{ path: folder, depth: 0 }]
  for (let looked = 0; open.length > 0 && looked < maxFiles; looked++) {
    const { path, depth } = open.shift()!
    let names: string[]
    try {
      names = readdirSync(join(root, path)).sort()
    } catch {
      // No folder, then: a file, or nothing.
      if (depth > 0) files.push(path)
      continue
    }
    if (depth < maxDepth) open.push(...names.slice(0, maxFiles).map((name) => ({ path: `${path}/${name}`, depth: depth + 1 })))
  }
  return files
}

const shownPath = ({ path, outside }: Found) => (outside ? `${path} → outside of the folder` : path)

/** `root` is absolute with links resolved. Never throws: what cannot be read is not there for Claude either. */
export function reportFolder(root: string): FolderReport {
  const found = (paths: readonly string[]) => paths.flatMap((path) => readFound(root, path) ?? [])
  const settings = found(settingsFiles)
  const mcp = found([mcpFile])
  const read = [...found(instructionFiles), ...found(folders.flatMap((folder) => filesUnder(root, folder)))]

  const hash = new Bun.CryptoHasher('sha256')
  for (const { path, bytes, outside, mark } of [...settings, ...mcp, ...read]) {
    const digest = new Bun.CryptoHasher('sha256').update(bytes).digest('hex')
    hash.update(`${JSON.stringify([path, outside, mark, digest])}\n`)
  }

  const described: Described = { hooks: [], mcp_servers: [], env: [] }
  const add = (each: Found, describe: (text: string) => Described) => {
    // Nothing of a file elsewhere on the disk is shown: only that there is one.
    const more = each.outside ? { hooks: [shownPath(each)], mcp_servers: [], env: [] } : describe(each.bytes.toString('utf8'))
    described.hooks.push(...more.hooks)
    described.mcp_servers.push(...more.mcp_servers)
    described.env.push(...more.env)
  }
  for (const each of settings) add(each, (text) => describeSettings(each.path, text))
  for (const each of mcp) add(each, (text) => describeMcp(each.path, text))
  return {
    hash: hash.digest('hex'),
    hooks: described.hooks.slice(0, maxListed),
    mcp_servers: described.mcp_servers.slice(0, maxListed),
    env: described.env.slice(0, maxListed),
    claude_md: read.map(shownPath).slice(0, maxListed),
  }
}
