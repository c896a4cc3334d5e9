// What a folder would run or have Claude read if it were trusted, and a hash that stands for exactly that.
import type { TrustReport } from '#protocol'
import { describeMcp, describeScheduled, describeSettings, scheduledMark } from './describe-settings.ts'
import { type Source, trustSources } from './trust-sources.ts'

export type FolderReport = Omit<TrustReport, 'trusted'> & { scheduled: string[] }

const maxListed = 200

const shownPath = ({ path, outside }: Source) => (outside ? `${path} → outside of the folder` : path)

function listed(lines: readonly string[]): string[] {
  const more = lines.length - maxListed
  return more > 0 ? [...lines.slice(0, maxListed), `… and ${more} more`] : [...lines]
}

/** `root` is absolute with links resolved. Never throws: what cannot be read is not there for Claude either. */
export function reportFolder(root: string, userFolder: string): FolderReport {
  const { sources, isCut } = trustSources(root, userFolder)
  const hash = new Bun.CryptoHasher('sha256')
  for (const { kind, path, outside, digest, text } of sources) {
    const mark = kind === 'scheduled' ? scheduledMark(text, digest) : digest
    hash.update(`${JSON.stringify([path, outside, mark])}\n`)
  }

  const hooks: string[] = []
  const servers: string[] = []
  const env: string[] = []
  const scheduled: string[] = []
  const read: string[] = []
  for (const source of sources) {
    const { kind, path, text, outside } = source
    if (kind === 'alias') continue
    if (kind === 'read') read.push(shownPath(source))
    // Nothing of a file elsewhere on the disk is shown: only that there is one.
    else if (outside) (kind === 'scheduled' ? scheduled : hooks).push(shownPath(source))
    else if (kind === 'scheduled') scheduled.push(...describeScheduled(path, text))
    else {
      const described = kind === 'settings' ? describeSettings(path, text) : describeMcp(path, text)
      hooks.push(...described.hooks)
      servers.push(...described.mcp_servers)
      env.push(...described.env)
    }
  }
  // What runs has to be seen in full before it may; what is only read may be too much to list.
  const isIncomplete = isCut || [hooks, servers, env, scheduled].some(({ length }) => length > maxListed)
  return {
    hash: hash.update(isIncomplete ? 'incomplete' : '').digest('hex'),
    hooks: listed(hooks),
    mcp_servers: listed(servers),
    env: listed(env),
    claude_md: listed(read),
    scheduled: listed(scheduled),
    ...(isIncomplete ? { incomplete: true } : {}),
  }
}
