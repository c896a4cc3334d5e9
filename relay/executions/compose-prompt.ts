// What somebody wrote becomes a prompt: checked, with its files, and whoever it mentions is told.
import { Refused, userChannel, type Attachment } from '#protocol'
import type { Identity } from '../auth/auth.ts'
import type { Statement } from '../storage/storage.ts'
import { cliCommandIn, isOwn } from './cli-commands.ts'
import type { Dependencies } from './dependencies.ts'
import type { Draft } from './draft.ts'
import type { Waiting } from './queue.ts'
import type { SessionRun } from './session-run.ts'
import { within } from './within.ts'
import { mentionedIn } from './words.ts'

/**
 * `attachments`: ids of files, by default those of `before`: what went with the prompt that these words take the place of.
 * `along`: what is committed with the execution that the words begin, or wait for. `model`: the session's from then on. `trace`: what the log has them under.
 */
export type Words = { content: string; attachments?: readonly string[] | null; before?: readonly Attachment[]; along?: (executionId: string) => Statement[]; model?: string | null; trace?: string }
export type Composer = ReturnType<typeof createComposer>

/** Only a process knows the commands of its folder; people do not wait longer than this for the first one to say them, and once only. */
const namesWithinMs = 1_500

export function createComposer({ auth, claude, clock, files, newId, sessions, workspaces }: Dependencies, run: SessionRun) {
  const { sessionId } = run
  /** The one wait of this run; a folder that is trusted meanwhile has other commands, and is waited for anew. */
  let wait: { trusted: boolean; over: Promise<unknown> } | null = null

  async function isTheirs(name: string, isNew: boolean): Promise<boolean> {
    const record = await sessions.get(sessionId)
    const workspace = record ? await workspaces.get(record.workspaceId) : await workspaces.standard()
    if (!workspace) return false
    const place = { cwd: workspace.path, trusted: await workspaces.isTrusted(workspace.id, true) }
    if (!claude.commandsIn(place) && !isNew) {
      const link = run.link ?? (await run.lane(() => run.open()))
      link.prewarm()
      if (wait?.trusted !== place.trusted) wait = { trusted: place.trusted, over: within(clock, namesWithinMs, claude.commandsKnown(place)) }
      await wait.over
    }
    return isOwn(name, claude.commandsIn(place) ?? [])
  }

  /** Refuses what the CLI would take for a command of its own that this person, or anybody, may not give: it asks nobody's role. Not in the lane. */
  async function check(who: Identity, content: string, isNew = false): Promise<void> {
    const { name, verdict } = cliCommandIn(content)
    if (verdict === 'clears' && !isNew) await auth.may(who, 'clear', sessionId)
    if (verdict === 'unknown' && !(await isTheirs(name, isNew))) throw new Refused('VALIDATION', `/${name} is no command of this folder, and those of Claude's terminal are not available here`, { details: { command: name } })
  }

  async function mention(draft: Draft, who: Identity, content: string, messageId: string): Promise<void> {
    if (!content.includes('@')) return
    for (const { user_id } of mentionedIn(content, await sessions.roster(sessionId))) {
      if (user_id !== who.userId) draft.tellIn(userChannel(user_id), 'mention', { session_id: sessionId, message_id: messageId, user_id: who.userId, username: who.name })
    }
  }

  /** In the lane. Files that went with the prompt before are the session's already, and stay named when they are gone. */
  async function attach(draft: Draft, who: Identity, { attachments: fileIds, before = [] }: Words): Promise<Attachment[]> {
    if (!fileIds) return [...before]
    const kept = before.filter(({ file_id }) => fileIds.includes(file_id))
    const added = fileIds.filter((fileId) => !kept.some(({ file_id }) => file_id === fileId))
    if (added.length === 0) return kept
    const { attachments, ...part } = await files.attaching(who, sessionId, added)
    draft.include(part)
    return [...kept, ...attachments]
  }

  /** In the lane, for words that were checked. */
  async function compose(draft: Draft, who: Identity, words: Words, executionId: string, mode: Waiting['mode']): Promise<Omit<Waiting, 'place'>> {
    const { content } = words
    const attachments = await attach(draft, who, words)
    const messageId = newId()
    await mention(draft, who, content, messageId)
    return { messageId, executionId, userId: who.userId, username: who.name, role: 'user', content, attachments, mode, queuedAt: clock.now(), trace: words.trace ?? newId() }
  }

  return { check, mention, attach, compose }
}
