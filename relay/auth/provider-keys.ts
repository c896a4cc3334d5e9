// The published keys of an identity provider: the last set stays good while the provider is away, and whoever has a known key never waits for it.
import { Refused } from '#protocol'
import { createLocalJWKSet, errors, type CryptoKey, type FlattenedJWSInput, type JSONWebKeySet, type JWSHeaderParameters } from 'jose'
import type { Clock } from '../clock.ts'
import type { Log } from '../observability/log.ts'

/** Older sets are read again, beside whoever asks. */
const freshMs = 10 * 60_000
/** Keys that nobody knows are looked for at the provider this often: made-up ones cost it no more. */
const rereadMs = 30_000
/** As long as there is no set at all. */
const retryMs = 5_000
/** Whoever brings an unknown key is answered after this; the reading goes on. */
const patienceMs = 1_500
const giveUpMs = 5_000

const away = () => new Refused('BUSY', 'the identity provider does not answer', { retryAfterMs: retryMs })

type Dependencies = { url: string; clock: Pick<Clock, 'elapsed' | 'setTimer'>; log: Log; fetch?: (url: string, init: RequestInit) => Promise<Response> }

/** For jose's `jwtVerify`. Throws BUSY while nobody can say whether it is a key of the provider, and jose's own errors. */
export function createProviderKeys({ url, clock, log, fetch = globalThis.fetch }: Dependencies) {
  let known: ReturnType<typeof createLocalJWKSet> | null = null
  let readAt = 0
  let askedAt: number | null = null
  let answered = true
  let reading: Promise<void> | null = null

  async function read(): Promise<void> {
    const leaving = new AbortController()
    const timer = clock.setTimer(() => leaving.abort(new Error('no answer in time')), giveUpMs)
    try {
      const response = await fetch(url, { redirect: 'manual', signal: leaving.signal, headers: { accept: 'application/json, application/jwk-set+json' } })
      if (response.status !== 200) throw new Error(`status ${response.status}`)
      known = createLocalJWKSet((await response.json()) as JSONWebKeySet)
      readAt = clock.elapsed()
      answered = true
    } catch (error) {
      if (answered) log.warn('the keys of the identity provider could not be read', { error })
      answered = false
    } finally {
      timer.cancel()
    }
  }

  const since = (at: number) => clock.elapsed() - at

  /** One at a time, and not again at once. Null: not now. */
  function readAgain(): Promise<void> | null {
    if (reading === null && (askedAt === null || since(askedAt) >= (known ? rereadMs : retryMs))) {
      askedAt = clock.elapsed()
      reading = read().finally(() => (reading = null))
    }
    return reading
  }

  /** Whether the reading that is on its way is through in time. */
  async function soon(work: Promise<void>): Promise<boolean> {
    let timer = { cancel: () => undefined as void }
    const late = new Promise<boolean>((resolve) => (timer = clock.setTimer(() => resolve(false), patienceMs)))
    return Promise.race([work.then(() => true), late]).finally(() => timer.cancel())
  }

  return async function keyOf(header: JWSHeaderParameters, token: FlattenedJWSInput): Promise<CryptoKey> {
    if (known && since(readAt) > freshMs) void readAgain()
    try {
      if (known) return await known(header, token)
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error
    }
    const work = readAgain()
    if (work && !(await soon(work))) throw away()
    // Nobody can say whether it is one of the provider's.
    if (known === null || !answered) throw away()
    return known(header, token)
  }
}
