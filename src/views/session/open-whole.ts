// Opening what was cut: the whole text comes with the reader's own rights and is handed to the browser. Import it lazily.
import type { Services } from '../../stores/use-services.ts'
import { saveBlob } from '../shell/save-blob.ts'

type Parts = Pick<Services, 'token'> & { refused(trouble: { code: string }): void }

/** `url`: the relay's own address of a text that was cut. */
export async function openWhole(url: string, { token, refused }: Parts): Promise<void> {
  const address = new URL(url, location.origin)
  const fresh = await token.fresh()
  if (address.origin !== location.origin || typeof fresh === 'string') return refused({ code: 'UNREACHABLE' })
  const answer = await fetch(address, { headers: { authorization: `Bearer ${fresh.token}` } }).catch(() => null)
  if (answer?.ok) saveBlob(new Blob([await answer.text()], { type: 'text/plain;charset=utf-8' }))
  else refused({ code: answer?.status === 404 ? 'NOT_FOUND' : 'UNREACHABLE' })
}
