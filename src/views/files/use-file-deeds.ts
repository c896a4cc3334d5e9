// What one does with files of the relay: the browser's own download, so that a large one never goes through this page; deleting.
import { rest as bodies } from '#protocol'
import { useConnectionStore } from '../../stores/use-connection-store.ts'
import { useServices } from '../../stores/use-services.ts'
import { useToasts } from '../shell/toasts.ts'
import { useTroubleWords } from '../shell/use-trouble-words.ts'
import { doToEach, perSecondOf } from './do-to-each.ts'
import { useFileAddress } from './use-file-address.ts'

export function useFileDeeds() {
  const { rest, clock } = useServices()
  const link = useConnectionStore()
  const toasts = useToasts()
  const wordsOf = useTroubleWords()
  const { addressOf } = useFileAddress()
  const refused = (trouble: { code: string; details?: unknown }) => toasts.show({ message: wordsOf(trouble) })

  /** `name`: the relay says the same one; this one keeps the page where it is should the answer be a refusal. */
  function save(address: string, name: string): void {
    const link = document.createElement('a')
    link.href = address
    link.download = name
    link.click()
  }

  return {
    async download(fileId: string, filename: string): Promise<void> {
      const address = await addressOf(fileId)
      if (!address.ok) return refused(address.trouble)
      save(address.data, filename)
    },
    /** Several in one ZIP file, in the folders they lie in. */
    async downloadAll(sessionId: string, wanted: { folder: string } | { file_ids: string[] }): Promise<void> {
      const outcome = await rest.change('POST', 'files/archives', bodies.archive, { body: { session_id: sessionId, ...wanted } })
      if (!outcome.ok) return refused(outcome.trouble)
      save(outcome.data.url, outcome.data.filename)
    },
    /** Those that could be; of the others why not is said. */
    async remove(fileIds: readonly string[], progress: (through: number) => void): Promise<void> {
      const { trouble } = await doToEach(fileIds, (id) => rest.change('DELETE', `files/${encodeURIComponent(id)}`, bodies.ok), { clock, perSecond: perSecondOf(link.connected()), progress })
      // Somebody else was faster.
      if (trouble && trouble.code !== 'NOT_FOUND') refused(trouble)
    },
  }
}
