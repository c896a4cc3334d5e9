// The pictures of one open session: fetched once with the reader's rights, kept while it is open, let go with it.
import { inject, onScopeDispose, provide } from 'vue'
import { useServices } from '../../stores/use-services.ts'
import { PICTURES, type Pictures } from '../timeline/pictures.ts'

type SentFile = { fileId: string; name: string; size: number; content_type: string; /** An address of this page, for pictures. It is owned here from then on. */ url: string | null }
type SessionPictures = Pictures & { remember(file: SentFile): void }

/** `deleted`: the files of the session that are gone. */
export function useSessionPictures(deleted: () => readonly string[]): void {
  const { rest } = useServices()
  const urls = new Map<string, Promise<string | null>>()
  const sent = new Map<string, SentFile>()

  async function fetchPicture(fileId: string): Promise<string | null> {
    const outcome = await rest.files.content(fileId)
    // Not remembered: when it is drawn again it is asked for again.
    if (!outcome.ok) urls.delete(fileId)
    return outcome.ok ? URL.createObjectURL(outcome.data) : null
  }

  const pictures: SessionPictures = {
    known: (fileId) => sent.get(fileId),
    isGone: (fileId) => deleted().includes(fileId),
    load(fileId) {
      const url = urls.get(fileId) ?? fetchPicture(fileId)
      urls.set(fileId, url)
      return url
    },
    remember(file) {
      sent.set(file.fileId, file)
      if (file.url !== null) urls.set(file.fileId, Promise.resolve(file.url))
    },
  }
  onScopeDispose(() => {
    for (const url of urls.values()) void url.then((address) => address !== null && URL.revokeObjectURL(address))
  })
  provide(PICTURES, pictures)
}

/** Of the session around it. */
export const useOwnPictures = (): SessionPictures => inject(PICTURES) as SessionPictures
