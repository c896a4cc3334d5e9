// Auth on a real database with a clock that stands still: what every test of this folder begins with.
import { randomUUID } from 'node:crypto'
import { createAuth, type Auth, type Caller, type HashCost, type Identity } from '../../../relay/auth/auth.ts'
import { newSecret } from '../../../relay/auth/secret.ts'
import type { Log } from '../../../relay/observability/log.ts'
import type { Storage } from '../../../relay/storage/storage.ts'
import { cheapHash } from '../../support/cheap-hash.ts'
import { manualClock, type ManualClock } from '../../support/manual-clock.ts'
import { tempStorage } from '../storage/temp-storage.ts'
import { Refused, type ErrorCode, type GlobalRole } from '#protocol'

export const here: Caller = { address: '127.0.0.1', agent: 'a test', local: true }
export const elsewhere: Caller = { address: '203.0.113.9', agent: 'another test', local: false }
export const secret = Buffer.from('YmU3ZDM4ZGE2MTQ0NGE1OWJkZTg3NDJiYjI3ZTU4Zjg')

export type AuthRig = {
  auth: Auth
  storage: Storage
  /** Of the database. */
  path: string
  clock: ManualClock
  /** Adds a user and signs in with a code. */
  person(name: string, role?: GlobalRole): Promise<{ who: Identity; token: string; refreshToken: string; pageKey: string }>
  remove(): Promise<void>
}

export async function authRig(settings: { signInsPerMinute?: number; jwksUrl?: string; log?: Log; hashCost?: HashCost | undefined } = {}): Promise<AuthRig> {
  const temp = tempStorage()
  const clock = manualClock()
  const storage = await temp.open({ clock })
  const auth = createAuth({
    storage,
    clock,
    log: settings.log ?? temp.log,
    secret,
    issuer: 'ensemble',
    audience: 'ensemble',
    jwksUrl: settings.jwksUrl,
    signInsPerMinute: settings.signInsPerMinute ?? 5,
    newId: randomUUID,
    newSecret,
    hashCost: 'hashCost' in settings ? settings.hashCost : cheapHash,
  })
  return {
    auth,
    storage,
    path: temp.path,
    clock,
    async person(name, role = 'user') {
      const user = (await auth.accounts.find(name)) ?? (await auth.accounts.add({ name, role }))
      const grant = await auth.signIn.byCode(await auth.signIn.createCode(user.id, { loopbackOnly: false }), here)
      return { who: await auth.identify(grant.accessToken, here), token: grant.accessToken, refreshToken: grant.refreshToken, pageKey: grant.pageKey }
    },
    async remove() {
      auth.stop()
      await temp.remove()
    },
  }
}

/** The code of the refusal, or 'allowed'. Anything else that is thrown is a failure of the test. */
export async function outcomeOf(work: Promise<unknown>): Promise<ErrorCode | 'allowed'> {
  try {
    await work
    return 'allowed'
  } catch (error) {
    if (error instanceof Refused) return error.code
    throw error
  }
}
