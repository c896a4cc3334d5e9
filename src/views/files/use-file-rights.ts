// What the reader may do with files of a session.
import { computed } from 'vue'
import { useAccountStore } from '../../stores/use-account-store.ts'
import type { SessionStore } from '../../stores/use-session-store.ts'
import type { FileRights } from './file-deeds.ts'
import type { ListedFile } from './group-files.ts'

export function useFileRights(store: SessionStore) {
  const account = useAccountStore()
  const rightsOf = (own: boolean) => computed((): FileRights => ({ download: store.may('download'), attach: store.may('prompt'), share: store.may('share_file'), remove: store.may('delete_file', own) }))
  const [own, others] = [rightsOf(true), rightsOf(false)]

  /** With all of these. */
  return (files: readonly ListedFile[]): FileRights => (files.every(({ user_id }) => user_id === account.user?.id) ? own : others).value
}
