// The uploads of a session that its list of files does not tell of already.
import { computed, watch, type Ref } from 'vue'
import { useUploadsStore } from '../../stores/use-uploads-store.ts'
import { forgettable } from './forgettable.ts'
import { topFolder, withWhatArrived } from './upload-view.ts'

/** `listed`: the files that are in the list, by id. */
export function useShownUploads(sessionId: string, listed: Readonly<Ref<ReadonlySet<string>>>) {
  const uploads = useUploadsStore()
  const own = uploads.ofSession(sessionId)
  // Without a link the code of it may not come now; whoever adds a file asks again.
  void uploads.boot().catch(() => undefined)
  watch([own, listed], () => void uploads.forget(forgettable(own.value, listed.value)), { immediate: true })

  return {
    /** Brought by this browser, also what is over: what the relay last told of one that was cancelled is nobody else's. */
    isOwn: uploads.isOwn,
    shown: computed(() => {
      const coming = new Set(own.value.filter(({ state }) => state !== 'done').map(({ folder }) => topFolder(folder)))
      // Of a folder all of it, or its bar would go backwards.
      const shown = own.value.filter(({ state, purpose, fileId, folder }) => state !== 'done' || (folder === '' ? purpose === 'files' && !listed.value.has(fileId) : coming.has(topFolder(folder))))
      return shown.map((each) => withWhatArrived(each, listed.value))
    }),
  }
}
