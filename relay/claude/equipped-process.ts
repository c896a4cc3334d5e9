// A process that takes prompts and sees the session's files, the needed ones at once. It may go while those are laid out: then the next one is asked.
import { Refused } from '#protocol'
import type { Log } from '../observability/log.ts'
import type { HandedFile, NotHanded } from './handed-files.ts'
import type { ClaudeProcess } from './process.ts'

const MAX_TRIES = 3

type Dependencies = {
  living(): Promise<ClaudeProcess>
  files(): Promise<HandedFile[]>
  /** People are to know: Claude is told of these, and does not find them. */
  missing(paths: readonly string[]): void
  log: Log
}

/** `needed`: ids of files that the prompt names. */
export async function equippedProcess({ living, files, missing, log }: Dependencies, sessionId: string, needed: readonly string[]): Promise<ClaudeProcess> {
  function told(process: ClaudeProcess, left: readonly NotHanded[]): void {
    // Those of a process that is ending are handed to the next one.
    if (left.length === 0 || process.isEnding()) return
    log.warn('claude.files_not_handed', { sessionId, count: left.length, error: left[0]!.error })
    missing(left.map(({ path }) => path))
  }

  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const process = await living()
    // Without its files a prompt still says something.
    try {
      const { failed, later } = await process.share(sessionId, await files(), needed)
      told(process, failed)
      void later.then((left) => told(process, left))
    } catch (error) {
      log.warn('claude.files_not_handed', { sessionId, error })
    }
    if (!process.isEnding()) return process
  }
  throw new Refused('CLAUDE_UNAVAILABLE', 'Claude ends before it can be handed anything')
}
