// Where the content of a file is: addresses that open by themselves, for the browser's own download, pictures and films; and parts of a text.
import { rest as bodies } from '#protocol'
import { useServices } from '../../stores/use-services.ts'

type Address = { ok: true; data: string } | { ok: false; trouble: { code: string } }

/** An address that ends while it is being used is no use. */
const LEFT_MS = 60_000
/** On a dead link nothing comes, and nobody says so. */
const PART_MS = 20_000

export function useFileAddress() {
  const { rest, clock } = useServices()
  const known = new Map<string, { url: string; until: number }>()

  /** Asks for one, unless one is known that lasts a while. `isOver`: the one that is known no longer opens. */
  async function addressOf(fileId: string, isOver = false): Promise<Address> {
    const before = isOver ? undefined : known.get(fileId)
    if (before && before.until > clock.now()) return { ok: true, data: before.url }
    const outcome = await rest.change('POST', `files/${encodeURIComponent(fileId)}/ticket`, bodies.fileTicket)
    if (!outcome.ok) return outcome
    const { url, expires_at } = outcome.data
    known.set(fileId, { url, until: expires_at - LEFT_MS })
    return { ok: true, data: url }
  }

  /** Bytes [from, to), as far as there are so many. */
  async function part(fileId: string, from: number, to: number): Promise<{ ok: true; data: Uint8Array } | { ok: false; trouble: { code: string } }> {
    const address = await addressOf(fileId)
    if (!address.ok) return address
    const answer = await fetch(address.data, { headers: { range: `bytes=${from}-${to - 1}` }, signal: AbortSignal.timeout(PART_MS) }).catch(() => null)
    const bytes = answer?.ok ? await answer.arrayBuffer().catch(() => null) : null
    if (bytes === null) return { ok: false, trouble: { code: answer?.status === 404 ? 'NOT_FOUND' : 'UNREACHABLE' } }
    return { ok: true, data: answer!.status === 206 ? new Uint8Array(bytes) : new Uint8Array(bytes).subarray(from, to) }
  }

  return { addressOf, part }
}
