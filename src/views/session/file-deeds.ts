// Opening what was uploaded or cut: the bytes come with the reader's own rights and are handed to the browser. Import it lazily.
import type { Services } from '../../stores/use-services.ts'
import { saveBlob } from '../shell/save-blob.ts'

type Parts = Pick<Services, 'rest' | 'token'> & { refused(trouble: { code: string }): void }

export function createFileDeeds({ rest, token, refused }: Parts) {
  return {
    async download(id: string, filename: string): Promise<void> {
      const outcome = await rest.files.content(id)
      if (outcome.ok) saveBlob(outcome.data, filename)
      else refused(outcome.trouble)
    },
    /** The relay's own address of a text that was cut. */
    async openWhole(url: string): Promise<void> {
      const address = new URL(url, location.origin)
      const fresh = await token.fresh()
      if (address.origin !== location.origin || typeof fresh === 'string') return refused({ code: 'UNREACHABLE' })
      const answer = await fetch(address, { headers: { authorization: `Bearer ${fresh.token}` } }).catch(() => null)
      if (answer?.ok) saveBlob(new Blob([await answer.text()], { type: 'text/plain;charset=utf-8' }))
      else refused({ code: answer?.status === 404 ? 'NOT_FOUND' : 'UNREACHABLE' })
    },
  }
}
