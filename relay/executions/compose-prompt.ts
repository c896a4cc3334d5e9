// What somebody wrote becomes a prompt: checked, with its files, and whoever it mentions is told.
import { Refused, userChannel } from '#protocol'
import type { Identity } from '../auth/auth.ts'
import { cliCommandIn } from './cli-commands.ts'
import type { Dependencies } from './dependencies.ts'
import type { Draft } from './draft.ts'
import type { Waiting } from './queue.ts'
import { mentionedIn } from './words.ts'

export type Words = { content: string; attachments: readonly string[] }
export type Composer = ReturnType<typeof createComposer>

export function createComposer({ auth, clock, files, newId, sessions }: Dependencies, sessionId: string) {
  /** Refuses what the CLI would take for a command of its own that this person, or anybody, may not give: it asks nobody's role. */
  async function check(who: Identity, content: string, isNew = false): Promise<void> {
    const { name, verdict } = cliCommandIn(content)
    if (verdict === 'clears' && !isNew) await auth.may(who, 'clear', sessionId)
    if (verdict === 'refused') throw new Refused('VALIDATION', `/${name} is a command of Claude's terminal and not available here`, { details: { command: name } })
  }

  async function mention(draft: Draft, who: Identity, content: string, messageId: string): Promise<void> {
    if (!content.includes('@')) return
    for (const { user_id } of mentionedIn(content, await sessions.roster(sessionId))) {
      if (user_id !== who.userId) draft.tellIn(userChannel(user_id), 'mention', { session_id: sessionId, message_id: messageId, user_id: who.userId, username: who.name })
    }
  }

  /** In the lane, for words that were checked. */
  async function compose(draft: Draft, who: Identity, { content, attachments: fileIds }: Words, executionId: string, mode: Waiting['mode']): Promise<Omit<Waiting, 'place'>> {
    const { attachments, ...part } = fileIds.length > 0 ? await files.attaching(who, sessionId, fileIds) : { attachments: [], statements: [], events: [] }
    draft.include(part)
    const messageId = newId()
    await mention(draft, who, content, messageId)
    return { messageId, executionId, userId: who.userId, username: who.name, role: 'user', content, attachments, mode, queuedAt: clock.now() }
  }

  return { check, mention, compose }
}
