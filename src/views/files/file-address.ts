// Where the content of a file is: addresses that open by themselves, for the browser's own download, pictures and films; and parts of a text.
import { rest as bodies } from '#protocol'
import type { Services } from '../../stores/use-services.ts'

type Failed = { ok: false; trouble: { code: string } }
type Address = { ok: true; data: string } | Failed

type FileAddressDependencies = Pick<Services, 'clock'> & {
  rest: Pick<Services['rest'], 'change'>
  fetch: (url: string, init: RequestInit) => Promise<Response>
}

/** An address that ends while it is being used is no use. */
const LEFT_MS = 60_000
/** On a dead link nothing comes, and nobody says so. One that is only slow brings something. */
const SILENCE_MS = 20_000

export function createFileAddress({ rest, clock, fetch }: FileAddressDependencies) {
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

  /** Null: nobody has answered, or no more came. */
  async function read(url: string, range: string): Promise<{ status: number; bytes: Uint8Array } | null> {
    const stop = new AbortController()
    const wait = () => clock.setTimer(() => stop.abort(), SILENCE_MS)
    let timer = wait()
    const heard = new TransformStream<Uint8Array, Uint8Array>({
      transform(piece, to) {
        timer.cancel()
        timer = wait()
        to.enqueue(piece)
      },
    })
    try {
      const answer = await fetch(url, { headers: { range }, signal: stop.signal })
      return { status: answer.status, bytes: new Uint8Array(await new Response(answer.body?.pipeThrough(heard)).arrayBuffer()) }
    } catch {
      return null
    } finally {
      timer.cancel()
    }
  }

  /** Bytes [from, to), as far as there are so many. An address that is over is asked for once more. */
  async function part(fileId: string, from: number, to: number, isOver = false): Promise<{ ok: true; data: Uint8Array } | Failed> {
    const address = await addressOf(fileId, isOver)
    if (!address.ok) return address
    const answer = await read(address.data, `bytes=${from}-${to - 1}`)
    if (answer?.status === 206) return { ok: true, data: answer.bytes }
    if (answer?.status === 200) return { ok: true, data: answer.bytes.subarray(from, to) }
    if (answer?.status === 401 && !isOver) return part(fileId, from, to, true)
    return { ok: false, trouble: { code: answer?.status === 404 ? 'NOT_FOUND' : 'UNREACHABLE' } }
  }

  return { addressOf, part: (fileId: string, from: number, to: number) => part(fileId, from, to) }
}
