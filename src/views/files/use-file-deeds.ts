// What one does with a file of the relay: the browser's own download, so that a large one never goes through this page.
import { useServices } from '../../stores/use-services.ts'
import { useToasts } from '../shell/toasts.ts'
import { useTroubleWords } from '../shell/use-trouble-words.ts'
import { useFileAddress } from './use-file-address.ts'

export function useFileDeeds() {
  const { rest } = useServices()
  const toasts = useToasts()
  const wordsOf = useTroubleWords()
  const { addressOf } = useFileAddress()
  const refused = (trouble: { code: string }) => toasts.show({ message: wordsOf(trouble) })

  return {
    async download(fileId: string, filename: string): Promise<void> {
      const address = await addressOf(fileId)
      if (!address.ok) return refused(address.trouble)
      const link = document.createElement('a')
      link.href = address.data
      // The relay says the same name; this one keeps the page where it is should the answer be a refusal.
      link.download = filename
      link.click()
    },
    async remove(fileId: string): Promise<boolean> {
      const outcome = await rest.files.remove(fileId)
      if (!outcome.ok) refused(outcome.trouble)
      return outcome.ok
    },
  }
}
