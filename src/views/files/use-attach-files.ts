// Gives files of a session to its next prompt: each by itself, and a folder as one where all of it is meant.
import { useI18n } from 'vue-i18n'
import { LIMITS } from '#protocol'
import { useUploadsStore } from '../../stores/use-uploads-store.ts'
import { useToasts } from '../shell/toasts.ts'
import type { ListedFile } from './group-files.ts'
import { topFolder } from './upload-view.ts'

export function useAttachFiles(sessionId: string) {
  const { t } = useI18n()
  const uploads = useUploadsStore()
  const toasts = useToasts()
  const own = uploads.ofSession(sessionId)

  /** `all`: of the session. False: they are too many, which is said. */
  return async function attach(files: readonly ListedFile[], all: readonly ListedFile[]): Promise<boolean> {
    const meant = new Set(files.map(({ file_id }) => file_id))
    const torn = new Set(all.filter(({ file_id }) => !meant.has(file_id)).map(({ folder }) => topFolder(folder ?? '')))
    const given = files.map(({ file_id, filename, folder: lies, size, content_type }) => {
      const folder = lies ?? ''
      const isTorn = torn.has(topFolder(folder))
      return { fileId: file_id, name: filename, folder: isTorn ? '' : folder, outOf: isTorn ? folder : '', size, type: content_type }
    })
    const there = own.value.filter(({ purpose, folder, fileId }) => purpose === 'prompt' && folder === '' && !meant.has(fileId))
    const single = given.filter(({ folder }) => folder === '')
    if (there.length + single.length > LIMITS.attachments) {
      toasts.show({ message: t('files.attachTooMany', { most: LIMITS.attachments }) })
      return false
    }
    await uploads.borrow(given, sessionId)
    return true
  }
}
