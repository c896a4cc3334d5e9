// The relay's own secret: given by a setting, or made once and kept in the data folder for nobody else to read.
import { hkdfSync, randomBytes } from 'node:crypto'
import { chmodSync, existsSync, linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** 32 random bytes as text: refresh tokens, one-time codes and the secret itself. */
export const newSecret = (): string => randomBytes(32).toString('base64url')

/** The secret as bytes. Makes `<folder>/jwt-secret` (0600) when none is given and none is there. */
export function readSecret(given: string | null, folder: string): Uint8Array {
  if (given !== null) return Buffer.from(given)
  const path = join(folder, 'jwt-secret')
  // What is there is only read: a full disk is no reason not to start.
  if (!existsSync(path)) makeSecret(path)
  chmodSync(path, 0o600)
  const secret = readFileSync(path, 'utf8').trim()
  if (Buffer.byteLength(secret) < 32) throw new Error(`${path} is damaged: delete it, and everybody signs in again`)
  return Buffer.from(secret)
}

function makeSecret(path: string): void {
  const draft = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`
  try {
    writeFileSync(draft, `${newSecret()}\n`, { mode: 0o600, flag: 'wx' })
    // A link either finds the name free or fails: relay and command line may both be first, and must agree.
    linkSync(draft, path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    rmSync(draft, { force: true })
  }
}

/** A key for one purpose, so that what signs tokens never signs anything else. */
export const deriveKey = (secret: Uint8Array, purpose: string): Uint8Array => new Uint8Array(hkdfSync('sha256', secret, '', purpose, 32))
