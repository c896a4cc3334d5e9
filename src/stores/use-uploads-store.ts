// Files on their way to the relay, of all sessions, as they stand; what carries them comes when it is wanted.
import { defineStore } from 'pinia'
import { computed, shallowRef } from 'vue'
import type { PickedFile, Uploads, UploadView } from '../uploads/uploads.ts'
import { useServices } from './use-services.ts'

export type { UploadView }

export const useUploadsStore = defineStore('uploads', () => {
  const services = useServices()
  /** In the order in which they were added. An upload that did not change is the same object. */
  const uploads = shallowRef<readonly UploadView[]>([])
  /** Files at the relay that this browser has brought, however that ended. */
  const own = new Set<string>()
  let heard: Uploads | null = null

  /** What was left of earlier pages goes on, and is in the list. */
  async function boot(): Promise<Uploads> {
    const made = await services.uploads()
    if (heard === made) return made
    heard = made
    let drawing: (() => void) | null = null
    made.onChange(() => {
      drawing ??= services.requestFrame(() => {
        drawing = null
        show(made.list())
      })
    })
    show(made.list())
    return made
  }

  function show(views: readonly UploadView[]): void {
    for (const { fileId } of views) own.add(fileId)
    uploads.value = views
  }

  const deed = (name: 'pause' | 'resume' | 'retry' | 'cancel' | 'forget') => async (id: string) => {
    const made = await boot()
    made[name](id)
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
    pause: deed('pause'),
    resume: deed('resume'),
    retry: deed('retry'),
    /** Also of one that is done: the relay deletes it. */
    cancel: deed('cancel'),
    /** Out of the list only: it went with a prompt, or somebody else has deleted it. */
    forget: deed('forget'),
    provide: async (id: string, file: File) => (await boot()).provide(id, file),
    /** Call it in a click. */
    askAgain: async () => (await boot()).askAgain(),
  }
})
