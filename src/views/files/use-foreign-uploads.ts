// What others are bringing into this session, as the relay tells of it; who falls silent is not shown for long.
import { computed } from 'vue'
import type { SessionStore } from '../../stores/use-session-store.ts'
import type { RosterPerson } from '../session/roster.ts'
import { useNow } from '../shell/use-now.ts'
import type { ForeignUpload } from './UploadList.vue'

/** The relay tells twice a second; a link that stalls for a moment takes nobody's row away. */
const SILENT_MS = 5_000
const LOOK_MS = 1_000

/** `isShown`: elsewhere, as what this browser sends itself or what is there already. */
export function useForeignUploads(store: SessionStore, people: () => readonly RosterPerson[], isShown: (fileId: string) => boolean) {
  const now = useNow(LOOK_MS)
  return computed((): readonly ForeignUpload[] => {
    if (!store.isCurrent) return []
    return [...store.uploading.values()].flatMap(({ file_id, filename, user_id, progress, speed, at }) => {
      const person = people().find(({ id }) => id === user_id)
      const isOver = now.value - at > SILENT_MS || store.deletedFiles.includes(file_id) || isShown(file_id)
      // One's own are shown by the browser that sends them.
      return person && !person.you && !isOver ? [{ file_id, filename, progress, speed, person }] : []
    })
  })
}
