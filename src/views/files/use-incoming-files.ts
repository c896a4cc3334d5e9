// Where files go that come into a session by whatever way: those that an unfinished upload waits for to it, the others begin anew.
import { useI18n } from 'vue-i18n'
import { useFormat } from '../../i18n/use-format.ts'
import { useUploadsStore } from '../../stores/use-uploads-store.ts'
import { MOST_FILES, type Collected } from './collect-files.ts'
import { matchWanted } from './match-wanted.ts'
import type { UploadView } from './upload-view.ts'

export type Incoming = {
  /** Those that were begun, each with its file. */
  begun: readonly { upload: UploadView; file: File }[]
  /** What has to be said of those that were not; null: nothing. */
  problem: string | null
}

export function useIncomingFiles(sessionId: string) {
  const { t } = useI18n()
  const format = useFormat()
  const uploads = useUploadsStore()
  const own = uploads.ofSession(sessionId)

  function problemOf({ tooMany, unreadable, files, folders }: Collected): string | null {
    if (tooMany) return t('uploads.tooMany', { n: format.value.number(MOST_FILES) })
    if (unreadable.length > 0) return t('uploads.unreadableDrop', { name: unreadable[0], n: unreadable.length }, unreadable.length)
    return files.length === 0 && folders ? t('uploads.emptyDrop') : null
  }

  return async function take(collected: Collected, purpose: UploadView['purpose']): Promise<Incoming> {
    const { again, others } = matchWanted(own.value, collected.files)
    // Who no longer waits for it takes nothing: then it is a file like the others.
    const refused = new Set(await uploads.provide(again))
    others.push(...again.flatMap(({ id, picked }) => (refused.has(id) ? picked : [])))
    const views = others.length === 0 ? [] : await uploads.add(others, { sessionId, purpose })
    return { begun: views.map((upload, at) => ({ upload, file: others[at]!.file })), problem: problemOf(collected) }
  }
}
