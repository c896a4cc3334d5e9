// Opening what was uploaded: the bytes come with the reader's own rights and are handed to the browser as a file.
import { useServices } from '../../stores/use-services.ts'
import { saveBlob } from '../shell/save-blob.ts'
import { useToasts } from '../shell/toasts.ts'
import { useTroubleWords } from '../shell/use-trouble-words.ts'

export function useFiles() {
  const { rest } = useServices()
  const toasts = useToasts()
  const wordsOf = useTroubleWords()

  async function download(id: string, filename: string): Promise<void> {
    const outcome = await rest.files.content(id)
    if (!outcome.ok) return toasts.show({ message: wordsOf(outcome.trouble) })
    saveBlob(outcome.data, filename)
  }

  return { download }
}
