// Prompts that wait for their files: kept on this device, and sent when the last file is there, whatever is on the screen by then.
import { shallowRef } from 'vue'
import type { Uploads, UploadView } from '../uploads/uploads.ts'
import type { SaidPrompt } from './prompt-parts.ts'
import type { Services } from './use-services.ts'

export type WaitingPrompt = SaidPrompt & {
  /** Of the command, made when it was given: however often it is sent, it is one prompt. */
  id: string
  /** It is only ever sent as the person who gave it. */
  userId: string
  sessionId: string
  /** What stood in the field. */
  draft: string
  mode: 'queue' | 'steer'
  /** All of these have to be there; those that this tab sends come first. */
  uploadIds: readonly string[]
}

export type AskedPrompt = Pick<WaitingPrompt, 'draft' | 'content' | 'folderWords' | 'mode'>

const KEY = 'ensemble.waiting-prompts'

/** `send` resolves when the outbox has it. */
type Dependencies = Pick<Services, 'storage' | 'newId'> & { userId: () => string | null; send: (prompt: WaitingPrompt, files: readonly UploadView[]) => Promise<void> }

export const isOfPrompt = (sessionId: string) => (upload: UploadView) => upload.sessionId === sessionId && upload.purpose === 'prompt'

/** One that rests, or wants its file again, comes when somebody says so, and the prompt waits for that. */
const isLost = ({ state }: UploadView): boolean => state === 'failed'

export function createWaitingPrompts({ storage, newId, userId, send }: Dependencies) {
  const all = shallowRef(read())
  /** Given to the outbox a moment ago. */
  const going = new Set<string>()

  function read(): readonly WaitingPrompt[] {
    try {
      return JSON.parse(storage.get(KEY) ?? '[]')
    } catch {
      return []
    }
  }

  /** Other tabs write there as well. */
  function change(next: (before: readonly WaitingPrompt[]) => readonly WaitingPrompt[]): void {
    const now = next(read())
    storage.set(KEY, now.length === 0 ? null : JSON.stringify(now))
    all.value = now
  }

  const of = (sessionId: string) => all.value.find((each) => each.sessionId === sessionId && each.userId === userId())
  const drop = ({ id }: WaitingPrompt) => change((before) => before.filter((each) => each.id !== id))

  async function sendNow(prompt: WaitingPrompt, files: readonly UploadView[]): Promise<void> {
    going.add(prompt.id)
    try {
      await send(prompt, files)
      drop(prompt)
    } finally {
      going.delete(prompt.id)
    }
  }

  return {
    of,
    /** A second word on the same prompt changes how it goes. */
    hold(sessionId: string, asked: AskedPrompt, uploads: Uploads): void {
      const user = userId()
      if (user === null) return
      const files = uploads.list().filter(isOfPrompt(sessionId))
      const uploadIds = files.map(({ id }) => id).sort((a, b) => Number(uploads.isSentHere(b)) - Number(uploads.isSentHere(a)))
      const prompt = { id: of(sessionId)?.id ?? newId(), userId: user, sessionId, ...asked, uploadIds }
      change((before) => [...before.filter((each) => each.sessionId !== sessionId || each.userId !== user), prompt])
    },
    takeBack(sessionId: string): void {
      const prompt = of(sessionId)
      if (prompt && !going.has(prompt.id)) drop(prompt)
    },
    /** After anything happened to an upload. Of all tabs the one that sends the first of the files decides. */
    look(uploads: Uploads): void {
      if (!uploads.isWhole()) return
      all.value = read()
      for (const prompt of all.value) {
        if (prompt.userId !== userId() || going.has(prompt.id)) continue
        const files = uploads.list().filter(isOfPrompt(prompt.sessionId))
        const named = prompt.uploadIds.filter((id) => files.some((each) => each.id === id))
        if (named[0] === undefined || !uploads.isSentHere(named[0])) continue
        if (named.length < prompt.uploadIds.length || files.some(isLost)) drop(prompt)
        else if (files.every(({ state }) => state === 'done')) void sendNow(prompt, files)
      }
    },
  }
}
