// The conversations that people had with Claude in a terminal of this machine, in one folder: listed, and read as they were.
import { Refused } from '#protocol'
import type { Clock } from '../clock.ts'
import { isConversationId, listTranscripts } from './transcript-files.ts'
import { readHistory, type PastConversation } from './transcript-history.ts'
import { createTranscriptSummaries, type TranscriptSummary } from './transcript-summary.ts'

const maxHistoryBytes = 64 * 1024 * 1024
/** After so long a list is what was read of it, and where to go on. */
const maxListMs = 1_000

export type TerminalConversation = TranscriptSummary & { conversationId: string; /** Milliseconds since 1970. */ lastUsed: number }
/** `next`: the time and the id of the last one that was looked at. */
export type TerminalPage = { conversations: TerminalConversation[]; next: { lastUsed: number; conversationId: string } | null }

export type Terminal = ReturnType<typeof createTerminal>

/**
 * Reads what the SDK's own `listSessions` and `getSessionMessages` would, with the differences that matter here: in the home that
 * Claude is started with, never through a link, only of exactly this folder, and within limits.
 */
export function createTerminal({ environment, clock }: { environment: Record<string, string>; clock: Pick<Clock, 'now'> }) {
  const summaryOf = createTranscriptSummaries()

  async function fileOf(cwd: string, conversationId: string) {
    const found = isConversationId(conversationId) ? (await listTranscripts(environment, cwd)).find((each) => each.conversationId === conversationId) : undefined
    const summary = found && (await summaryOf(found, cwd))
    return found && summary && summary !== 'late' ? { ...found, summary } : null
  }

  return {
    /** The last used first, without those that are `known` otherwise. One that is not read by the end of the time begins the next page, and the first of a page is read however long it takes. */
    async list(cwd: string, { limit, after, known }: { limit: number; after: TerminalPage['next']; known: (ids: string[]) => Promise<ReadonlySet<string>> }): Promise<TerminalPage> {
      const end = clock.now() + maxListMs
      const conversations: TerminalConversation[] = []
      const isAfter = (file: { changedAt: number; conversationId: string }) =>
        after === null || file.changedAt < after.lastUsed || (file.changedAt === after.lastUsed && file.conversationId > after.conversationId)
      const all = (await listTranscripts(environment, cwd)).filter(isAfter)
      const ours = await known(all.map(({ conversationId }) => conversationId))
      const files = all.filter(({ conversationId }) => !ours.has(conversationId))
      for (const [index, file] of files.entries()) {
        const before = files[index - 1]
        const summary = await summaryOf(file, cwd, () => before !== undefined && clock.now() >= end)
        if (before && summary === 'late') return { conversations, next: { lastUsed: before.changedAt, conversationId: before.conversationId } }
        const { conversationId, changedAt: lastUsed } = file
        if (summary && summary !== 'late') conversations.push({ conversationId, lastUsed, ...summary })
        if ((conversations.length === limit || clock.now() >= end) && index < files.length - 1) return { conversations, next: { lastUsed, conversationId } }
      }
      return { conversations, next: null }
    },
    /** null when there is none, or nothing was said in it. Throws TOO_LARGE. */
    async read(cwd: string, conversationId: string): Promise<(PastConversation & TranscriptSummary & { author: string; lastUsed: number }) | null> {
      const file = await fileOf(cwd, conversationId)
      if (!file) return null
      if (file.bytes > maxHistoryBytes) throw new Refused('TOO_LARGE', 'the conversation is too long to be taken over')
      const history = await readHistory(file.path, { maxBytes: maxHistoryBytes, cwd })
      // Whoever sat at the terminal was the user that the relay runs as.
      return history && { ...history, ...file.summary, author: environment.USER || environment.LOGNAME || 'terminal', lastUsed: file.changedAt }
    },
  }
}
