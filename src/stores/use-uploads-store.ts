// Files on their way to the relay, of all sessions, as they stand; what carries them comes when it is wanted.
import { defineStore, getActivePinia, setActivePinia } from 'pinia'
import { computed, shallowRef } from 'vue'
import type { BorrowedFile, ChosenAgain, PickedFile, Uploads, UploadView } from '../uploads/uploads.ts'
import { keyOfDraft } from './drafts.ts'
import { withFiles } from './prompt-parts.ts'
import { createSessionActions } from './session-actions.ts'
import { useServices } from './use-services.ts'
import { useSessionStore } from './use-session-store.ts'
import { createWaitingPrompts, isOfPrompt, type AskedPrompt, type WaitingPrompt } from './waiting-prompts.ts'

export type { UploadView }

export const useUploadsStore = defineStore('uploads', () => {
  const services = useServices()
  /** In the order in which they were added. An upload that did not change is the same object. */
  const uploads = shallowRef<readonly UploadView[]>([])
  /** Files at the relay that this browser has brought, however that ended. */
  const own = new Set<string>()
  /** By session: who shows the files of its next prompt, and lets them go when it is sent. */
  const shownBy = new Map<string, (fileIds: readonly string[]) => void>()
  let heard: Uploads | null = null
  const pinia = getActivePinia()!
  const userId = () => services.token.user()?.id ?? null
  const waiting = createWaitingPrompts({ ...services, userId, send })
  services.token.onChange(() => void (heard && waiting.look(heard)))

  /** As the session's own "Send" would; of one that was not opened here nothing but its draft is touched. */
  async function send({ id, sessionId, draft, mode, ...said }: WaitingPrompt, files: readonly UploadView[]): Promise<void> {
    const { content, attachments } = withFiles(said, files)
    const prompt = { id, content, mode, attachments }
    if (`session:${sessionId}` in pinia.state.value) {
      setActivePinia(pinia)
      await useSessionStore(sessionId).prompt(prompt).stored
    } else {
      await createSessionActions(services.connection, sessionId).send(prompt).stored
      if (services.storage.get(keyOfDraft(sessionId)) === draft) services.storage.set(keyOfDraft(sessionId), null)
    }
    const shown = shownBy.get(sessionId)
    if (shown) return shown(files.map(({ fileId }) => fileId))
    heard?.forget(files.map(({ id }) => id))
  }

  /** What was left of earlier pages goes on, and is in the list. */
  async function boot(): Promise<Uploads> {
    const made = await services.uploads()
    if (heard === made) return made
    heard = made
    let drawing: (() => void) | null = null
    made.onChange(() => {
      waiting.look(made)
      drawing ??= services.requestFrame(() => {
        drawing = null
        show(made.list())
      })
    })
    show(made.list())
    waiting.look(made)
    return made
  }

  function show(views: readonly UploadView[]): void {
    for (const { fileId } of views) own.add(fileId)
    uploads.value = views
  }

  const deed = (name: 'pause' | 'resume' | 'retry' | 'cancel' | 'forget' | 'attach') => async (ids: readonly string[]) => {
    if (ids.length === 0) return
    const made = await boot()
    made[name](ids)
    show(made.list())
  }

  return {
    uploads,
    isOwn: (fileId: string) => own.has(fileId),
    ofSession: (sessionId: string | null) => computed(() => uploads.value.filter((each) => each.sessionId === sessionId)),
    boot,
    async add(picked: readonly PickedFile[], to: { sessionId: string | null; purpose: UploadView['purpose'] }): Promise<readonly UploadView[]> {
      const made = await boot()
      const added = made.add(picked, to)
      show(made.list())
      return added
    },
    /** Files that are at the relay go with the next prompt of this session. */
    async borrow(files: readonly BorrowedFile[], sessionId: string): Promise<void> {
      const made = await boot()
      made.borrow(files, sessionId)
      show(made.list())
    },
    /** These take all that it is about at once: a folder may be of thousands. */
    pause: deed('pause'),
    resume: deed('resume'),
    retry: deed('retry'),
    /** What is on its way goes with the next prompt. */
    attach: deed('attach'),
    /** Of a file at the relay that has the same size. */
    isSameContent: async (fileId: string, file: Blob): Promise<boolean> => (await boot()).isSameContent(fileId, file),
    /** Also of one that is done: the relay deletes it. */
    cancel: deed('cancel'),
    /** How many files of whoever is here are not at the relay yet, whatever keeps them. */
    unfinished: computed(() => uploads.value.filter(({ state }) => state !== 'done').length),
    /** Before they sign out. */
    cancelUnfinished: (): void => heard?.cancelUnfinished(),
    /** Out of the list only: it went with a prompt, or somebody else has deleted it. */
    forget: deed('forget'),
    /** The files of those that want them, chosen again; answers which were not taken. */
    provide: async (chosen: readonly ChosenAgain[]): Promise<string[]> => (chosen.length === 0 ? [] : (await boot()).provide(chosen)),
    /** The prompt that goes by itself once its files are there. */
    waitsIn: (sessionId: string): boolean => {
      const prompt = waiting.of(sessionId)
      return prompt !== undefined && uploads.value.some((each) => isOfPrompt(sessionId)(each) && prompt.uploadIds.includes(each.id))
    },
    async wait(sessionId: string, asked: AskedPrompt): Promise<void> {
      const made = await boot()
      waiting.hold(sessionId, asked, made)
      waiting.look(made)
    },
    stopWaiting: waiting.takeBack,
    /** The returned function ends it. */
    showFilesOf(sessionId: string, sent: (fileIds: readonly string[]) => void): () => void {
      shownBy.set(sessionId, sent)
      return () => void (shownBy.get(sessionId) === sent && shownBy.delete(sessionId))
    },
    /** Call it in a click. */
    askAgain: async () => (await boot()).askAgain(),
  }
})
