// What a conversation has used since a moment, read back from the ends of its transcripts: for a turn that was cut off together with the relay.
import { lstat, readdir, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { readTranscriptLine, type TranscriptAnswer } from './transcript-lines.ts'
import { readBack, transcriptFiles } from './transcript-tails.ts'

/** A start does not wait for more of one conversation, whatever its tools have written. */
const mostBytes = 32 * 1024 * 1024

const namesIn = (folder: string): Promise<string[]> => readdir(folder).catch(() => [])

async function changedSince(path: string, since: number): Promise<boolean> {
  const stat = await lstat(path).catch(() => null)
  return stat !== null && stat.isFile() && stat.mtimeMs >= since
}

/** Its own and those of its agents, in whichever project it was written down, as far as anything was written since. */
async function* transcriptsOf(folder: string, conversationId: string, since: number): AsyncGenerator<string> {
  const root = await realpath(folder).catch(() => null)
  if (root === null || !/^[\w-]+$/.test(conversationId)) return
  for (const project of await namesIn(root)) {
    const path = join(root, project, conversationId)
    if (await changedSince(`${path}.jsonl`, since)) yield `${path}.jsonl`
    // Those of a workflow lie in folders of their own.
    for await (const agent of transcriptFiles(join(path, 'subagents'))) if (await changedSince(agent, since)) yield agent
  }
}

/** Each answer once, as far as it was written down. What somebody did in it at a terminal meanwhile is not among them. */
export async function answersSince(folder: string, conversationId: string, since: number): Promise<TranscriptAnswer[]> {
  const answers = new Map<string, TranscriptAnswer>()
  let leftBytes = mostBytes
  for await (const path of transcriptsOf(folder, conversationId, since)) {
    for await (const { lines, bytes } of readBack(path, leftBytes)) {
      leftBytes -= bytes
      const told = lines.flatMap((line) => readTranscriptLine(line) ?? [])
      for (const answer of told) {
        const known = answers.get(answer.entry)
        const isMeant = answer.at >= since && answer.conversationId === conversationId && answer.entrypoint !== 'cli'
        if (isMeant && (known?.tokens.output ?? -1) < answer.tokens.output) answers.set(answer.entry, answer)
      }
      if (told.length > 0 && told.every(({ at }) => at < since)) break
    }
  }
  return [...answers.values()]
}
