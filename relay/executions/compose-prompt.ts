// What somebody wrote becomes a prompt: checked, with its files, and whoever it mentions is told.
import { userChannel, type Attachment } from '#protocol'
import type { Identity } from '../auth/auth.ts'
import type { Statement } from '../storage/storage.ts'
import { isOwn, notOwn } from '../claude/claude.ts'
import { cliCommandIn } from './cli-commands.ts'
import type { Dependencies } from './dependencies.ts'
import type { Draft } from './draft.ts'
import type { Waiting } from './queue.ts'
import type { SessionRun } from './session-run.ts'
import { mentionedIn } from './words.ts'

/**
 * `attachments`: ids of files, by default those of `before`: what went with the prompt that these words take the place of.
 * `along`: what is committed with the execution that the words begin, or wait for. `model`: the session's from then on. `trace`: what the log has them under.
 */
export type Words = { content: string; attachments?: readonly string[] | null; before?: readonly Attachment[]; along?: (executionId: string, sessionId: string) => Statement[]; model?: string | null; trace?: string }
/** A session that is about to be: in the default workspace, unless in another. */
type Fresh = { workspaceId: string | null }
export type Composer = ReturnType<typeof createComposer>

export function createComposer({ auth, claude, clock, files, newId, sessions, workspaces }: Dependencies, run: SessionRun) {
  const { sessionId } = run

  /** Before a process has named those of the folder nobody knows: then it is decided when the words are handed to one. */
  async function mayBeTheirs(name: string, fresh: Fresh | null): Promise<boolean> {
    const workspaceId = fresh ? fresh.workspaceId : (await sessions.get(sessionId))?.workspaceId
    const workspace = workspaceId ? await workspaces.get(workspaceId) : await workspaces.standard()
    if (!workspace) return false
    const commands = claude.commandsIn({ cwd: workspace.path, trusted: await workspaces.isTrusted(workspace.id, true) })
    return commands === null || isOwn(name, commands)
  }

  /** Refuses what the CLI would take for a command of its own that this person, or anybody, may not give: it asks nobody's role. `fresh`: of a session that the words begin. Not in the lane. */
  async function check(who: Identity, content: string, fresh: Fresh | null = null): Promise<void> {
    const { name, verdict } = cliCommandIn(content)
    if (verdict === 'clears' && !fresh) await auth.may(who, 'clear', sessionId)
    if (verdict === 'unknown' && !(await mayBeTheirs(name, fresh))) throw notOwn(name)
  }

  /** A prompt that clears the context is audited as the command is. */
  const clearing = (who: Identity, content: string): Statement[] => (cliCommandIn(content).verdict === 'clears' ? [auth.audit(who, 'session.clear', { prompt: true }, sessionId)] : [])

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
    draft.add(...clearing(who, content))
    await mention(draft, who, content, messageId)
    return { messageId, executionId, userId: who.userId, username: who.name, role: 'user', content, attachments, mode, queuedAt: clock.now(), trace: words.trace ?? newId() }
  }

  return { check, clearing, mention, attach, compose }
}
