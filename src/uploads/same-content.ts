// Whether a file that was chosen is one that is at the relay: by the hash of all its bytes, and before any of them is sent.
import type { Token } from '../connection/token.ts'
import type { Digests } from './digests.ts'
import { digestIn } from './repr-digest.ts'

export type SameContent = ReturnType<typeof createSameContent>

type SameContentDependencies = {
  digests: Pick<Digests, 'of'>
  token: Pick<Token, 'fresh'>
  fetch: (url: string, init: RequestInit) => Promise<Response>
  /** Where files are found under their ids. */
  endpoint: string
}

export function createSameContent({ digests, token, fetch, endpoint }: SameContentDependencies) {
  /** Of the file at the relay, as Base64; null when it cannot be had now. */
  async function digestThere(fileId: string): Promise<string | null> {
    const fresh = await token.fresh()
    if (typeof fresh === 'string') return null
    const headers = { authorization: `Bearer ${fresh.token}`, range: 'bytes=0-0' }
    const answer = await fetch(`${endpoint}/${encodeURIComponent(fileId)}`, { headers, credentials: 'omit', cache: 'no-store', redirect: 'error' })
    await answer.body?.cancel()
    return answer.ok ? digestIn(answer.headers.get('repr-digest')) : null
  }

  /** Both have the same size. False also when nobody can say: then it is sent, and at worst there twice. */
  return async function isSameContent(fileId: string, file: Blob): Promise<boolean> {
    if (file.size === 0) return true
    const there = await digestThere(fileId).catch(() => null)
    return there !== null && there === (await digests.of(`same-as:${fileId}`, file))
  }
}
