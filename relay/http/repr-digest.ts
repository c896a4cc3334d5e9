// SHA-256 of a whole file in a header (RFC 9530): said by whoever sends one, and told of what there is.
import { Refused } from '#protocol'

/** In hex; null: nothing is said of it. */
export function digestIn(headers: Headers): string | null {
  const said = /(?:^|,)\s*sha-256=:([^:]*):/.exec(headers.get('repr-digest') ?? '')
  if (!said) return null
  const bytes = Buffer.from(said[1]!, 'base64')
  if (bytes.length !== 32) throw new Refused('VALIDATION', 'repr-digest: 32 bytes in base64')
  return bytes.toString('hex')
}

export const reprDigest = (sha256: string): string => `sha-256=:${Buffer.from(sha256, 'hex').toString('base64')}:`
