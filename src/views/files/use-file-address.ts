// Addresses under which a file opens by itself: for the browser's own download, for pictures, films and parts of a text.
import { rest as bodies } from '#protocol'
import { useServices } from '../../stores/use-services.ts'

type Address = { ok: true; data: string } | { ok: false; trouble: { code: string } }

/** An address that ends while it is being used is no use. */
const LEFT_MS = 60_000

export function useFileAddress() {
  const { rest, clock } = useServices()
  const known = new Map<string, { url: string; until: number }>()

  /** Asks for one, unless one is known that lasts a while. */
  async function addressOf(fileId: string): Promise<Address> {
    const before = known.get(fileId)
    if (before && before.until > clock.now()) return { ok: true, data: before.url }
    const outcome = await rest.change('POST', `files/${encodeURIComponent(fileId)}/ticket`, bodies.fileTicket)
    if (!outcome.ok) return outcome
    const { url, expires_at } = outcome.data
    known.set(fileId, { url, until: expires_at - LEFT_MS })
    return { ok: true, data: url }
  }

  /** Bytes [from, to) and whether these are the last. */
  async function part(fileId: string, from: number, to: number): Promise<{ ok: true; data: Uint8Array } | { ok: false; trouble: { code: string } }> {
    const address = await addressOf(fileId)
    if (!address.ok) return address
    const answer = await fetch(address.data, { headers: { range: `bytes=${from}-${to - 1}` } }).catch(() => null)
    // Of an empty file there is no part.
    if (answer?.status === 416) return { ok: true, data: new Uint8Array() }
    if (!answer?.ok) return { ok: false, trouble: { code: answer?.status === 404 ? 'NOT_FOUND' : 'UNREACHABLE' } }
    const bytes = new Uint8Array(await answer.arrayBuffer())
    return { ok: true, data: answer.status === 206 ? bytes : bytes.subarray(from, to) }
  }

  return { addressOf, part }
}
