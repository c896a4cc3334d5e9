// What queue, timeline and composer share: the text that is being changed instead of written anew.
import { computed, ref, shallowRef, type ComputedRef } from 'vue'
import type { Attachment } from '#protocol'
import type { SessionStore } from '../../stores/use-session-store.ts'
import { canRewind } from '../../timeline/items.ts'
import type { PromptItem } from '../../timeline/timeline.ts'

/** `queued`: still in the queue. `sent`: already answered; changing it goes back to before it. */
type Editing = { kind: 'queued' | 'sent'; messageId: string; attachments: readonly Attachment[]; before: string }

/** What the line under the composer has to say of it; `waiting`: what the prompt waits for, which was to be sent. */
export type ComposerHint = { note: boolean; escaped: boolean; problem: string | null; waiting: string | null }

export type SessionDock = {
  editing: Readonly<{ value: Editing | null }>
  edit(editing: Omit<Editing, 'before'>, text: string): void
  /** Takes one's own last prompt back into the field; false when there is none. */
  editLast(me: string): boolean
  /** Puts back what stood in the field; false when nothing was being changed. */
  stopEditing(): boolean
  /** Sends the change, with files (ids) beside those it had; false when it was refused (the field keeps the text). */
  finish(text: string, added: readonly string[]): Promise<{ ok: boolean; trouble?: { code: string } }>
  isRunning: ComputedRef<boolean>
  isStopping: ComputedRef<boolean>
}

export function createSessionDock(store: SessionStore): SessionDock {
  const editing = shallowRef<Editing | null>(null)
  const busy = ref(false)

  function edit(change: Omit<Editing, 'before'>, text: string): void {
    editing.value = { ...change, before: editing.value?.before ?? store.draft }
    store.setDraft(text)
  }

  function editLast(me: string): boolean {
    const queued = store.queue?.items.findLast((each) => each.user_id === me)
    if (queued && store.may('queue_edit', true)) {
      edit({ kind: 'queued', messageId: queued.message_id, attachments: queued.attachments }, queued.content)
      return true
    }
    const sent = store.timeline.items.findLast((item): item is PromptItem => item.kind === 'prompt' && item.author.userId === me && canRewind(item))
    if (!sent || !store.may('rewind')) return false
    edit({ kind: 'sent', messageId: sent.messageId, attachments: sent.attachments }, sent.content)
    return true
  }

  function stopEditing(): boolean {
    if (editing.value === null) return false
    store.setDraft(editing.value.before)
    editing.value = null
    return true
  }

  async function finish(text: string, added: readonly string[]): Promise<{ ok: boolean; trouble?: { code: string } }> {
    const change = editing.value
    if (change === null || busy.value) return { ok: false }
    busy.value = true
    const attachments = added.length > 0 ? [...change.attachments.map((each) => each.file_id), ...added] : undefined
    const outcome = await (change.kind === 'queued' ? store.queueEdit : store.rewind)(change.messageId, text, attachments)
    busy.value = false
    if (outcome.ok) stopEditing()
    return outcome
  }

  return {
    editing,
    edit,
    editLast,
    stopEditing,
    finish,
    isRunning: computed(() => store.timeline.runningId !== null),
    isStopping: computed(() => store.stoppingId !== null),
  }
}
