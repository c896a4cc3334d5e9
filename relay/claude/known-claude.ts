// What is known of the CLI without waiting for it: one look at a time, shared by all who ask, and kept for a while.
import { statSync } from 'node:fs'
import type { Clock } from '../clock.ts'
import { credentialsOf, findClaude, versionOf, type ClaudeDescription } from './describe-claude.ts'

export type KnownClaude = Omit<ClaudeDescription, 'sandbox'>

type Dependencies = { bin: string | null; environment: Record<string, string>; clock: Clock }

/** A look starts a process: seldom, but for whoever has just put something right. */
const keptMs = { well: 60_000, ill: 15_000 }
/** The longest that anybody waits for the first look. */
const momentMs = 1_000

type Look = { version: string | null; path: string | null; changedAt: number | null; at: number }

/** When the file was last put in place; one that was installed anew is looked at anew. */
function changeOf(path: string | null): number | null {
  try {
    return path === null ? null : statSync(path).mtimeMs
  } catch {
    return null
  }
}

export function createKnownClaude({ bin, environment, clock }: Dependencies) {
  let last: Look | null = null
  let looking: { over: Promise<void>; moment: Promise<void> } | null = null

  async function look(): Promise<void> {
    const path = findClaude(bin)
    const changedAt = changeOf(path)
    const version = path === null ? null : await versionOf(path, environment, clock)
    last = { version, path, changedAt, at: clock.elapsed() }
    looking = null
  }

  const isFresh = ({ version, path, changedAt, at }: Look) => clock.elapsed() - at < keptMs[version === null ? 'ill' : 'well'] && changeOf(path) === changedAt

  function refresh(): void {
    if (looking !== null || (last !== null && isFresh(last))) return
    const moment = Promise.withResolvers<void>()
    const timer = clock.setTimer(moment.resolve, momentMs)
    looking = { over: look().finally(() => timer.cancel()), moment: moment.promise }
  }

  /** As of the last look; null before the first one is over. What has become old is looked at anew behind it. */
  function known(): KnownClaude | null {
    refresh()
    return last && { found: last.version !== null, version: last.version, credentials: credentialsOf(environment) }
  }

  return {
    known,
    /** Waits a moment for the first look, and for no other. Before it is over, a CLI that can be run counts as found. */
    async describe(): Promise<KnownClaude> {
      refresh()
      if (last === null && looking !== null) await Promise.race([looking.over, looking.moment])
      const path = findClaude(bin)
      return known() ?? { found: path !== null && Bun.which(path) !== null, version: null, credentials: credentialsOf(environment) }
    },
  }
}
