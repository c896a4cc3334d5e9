// How an API token is written: `ens_`, 256 random bits, and a checksum, by which scanners of secrets know one and typos are seen without a look-up.
const prefix = 'ens_'
const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const bodyChars = 43
const checkChars = 6
const pattern = new RegExp(`^${prefix}[0-9A-Za-z]{${bodyChars + checkChars}}$`)

function base62(bytes: Uint8Array, chars: number): string {
  let value = BigInt(`0x${Buffer.from(bytes).toString('hex') || '0'}`)
  let text = ''
  while (text.length < chars) {
    text = alphabet[Number(value % 62n)] + text
    value /= 62n
  }
  return text
}

function checkOf(body: string): string {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(Bun.hash.crc32(body))
  return base62(bytes, checkChars)
}

export const claimsToBeApiToken = (text: string): boolean => text.startsWith(prefix)

export const isApiToken = (text: string): boolean => pattern.test(text) && checkOf(text.slice(prefix.length, -checkChars)) === text.slice(-checkChars)

/** `secret`: 32 random bytes as base64url. */
export function apiTokenText(secret: string): string {
  const body = base62(Buffer.from(secret, 'base64url'), bodyChars)
  return `${prefix}${body}${checkOf(body)}`
}
