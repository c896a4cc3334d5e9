// Settings that fit one by one and must not be: what would be open to strangers, or could never work.
import { statSync } from 'node:fs'
import { isIP } from 'node:net'

type Settings = {
  host: string
  publicUrl: string | null
  allowInsecure: boolean
  tlsCert: string | null
  tlsKey: string | null
  jwtSecret: string | null
  jwtJwksUrl: string | null
  jwtIssuer: string
  jwtAudience: string
  demo: boolean
  databaseUrl: string
  budgetTimeZone: string | null
  trustedProxies: readonly string[]
  webhookAllowPrivate: readonly string[]
  allowedOrigins: readonly string[]
}

export const isLoopback = (host: string) => host === 'localhost' || host === '::1' || host === '[::1]' || (isIP(host) === 4 && host.startsWith('127.'))

/** A sentence for the person at the console; null: nothing is wrong with them. */
export function whyUnsafe(config: Settings): string | null {
  const { host, publicUrl, allowInsecure, tlsCert, tlsKey, jwtSecret } = config
  if ((tlsCert === null) !== (tlsKey === null)) return 'TLS_CERT and TLS_KEY belong together: set both or neither.'
  for (const path of [tlsCert, tlsKey]) if (path !== null && !statSync(path, { throwIfNoEntry: false })?.isFile()) return `${path} cannot be read: set TLS_CERT and TLS_KEY to PEM files.`
  if (config.demo && (!isLoopback(host) || publicUrl !== null)) return 'The demo only runs on loopback: unset HOST and PUBLIC_URL.'
  if (!isLoopback(host) && tlsCert === null && publicUrl === null && !allowInsecure) {
    return `HOST=${host} would send tokens over the network in the clear. Set TLS_CERT and TLS_KEY, or PUBLIC_URL when a proxy speaks https for the relay, or ALLOW_INSECURE=true on a network that you trust.`
  }
  if (publicUrl?.startsWith('http:') && !isLoopback(new URL(publicUrl).hostname) && !allowInsecure) {
    return `PUBLIC_URL=${publicUrl} would send tokens over the network in the clear. Use https, or set ALLOW_INSECURE=true on a network that you trust.`
  }
  if (jwtSecret !== null && strengthOf(jwtSecret) < 128) {
    return 'JWT_SECRET is too weak: it needs at least 32 random bytes. Make one with: openssl rand -base64 48. Or unset it and the relay makes its own.'
  }
  if (config.jwtJwksUrl !== null) {
    const defaults = config.jwtIssuer === 'ensemble' || config.jwtAudience === 'ensemble'
    if (defaults) return 'JWT_JWKS_URL needs JWT_ISSUER and JWT_AUDIENCE: set them to what your identity provider writes into its tokens.'
    const url = new URL(config.jwtJwksUrl)
    if (url.protocol === 'http:' && !isLoopback(url.hostname)) return 'JWT_JWKS_URL must be https: whoever can change the keys can sign in as anybody.'
  }
  if (!/^(sqlite:|file:|[^:]*$)/i.test(config.databaseUrl)) return 'DATABASE_URL must be sqlite:<path> in this version.'
  if (config.budgetTimeZone !== null && !isTimeZone(config.budgetTimeZone)) return `BUDGET_TIME_ZONE is "${config.budgetTimeZone}" but must be a time zone such as Asia/Seoul or UTC.`
  for (const proxy of config.trustedProxies) if (!isAddressOrRange(proxy)) return `TRUSTED_PROXIES has "${proxy}", which is neither an address nor a range such as 10.0.0.0/8.`
  for (const each of config.webhookAllowPrivate) if (!isAddressOrRange(each) && !/^[a-z0-9_.-]+$/i.test(each)) return `WEBHOOK_ALLOW_PRIVATE has "${each}", which is neither a host nor an address, nor a range such as 10.0.0.0/8.`
  for (const origin of config.allowedOrigins) if (URL.parse(origin)?.origin !== origin) return `ALLOWED_ORIGINS has "${origin}", which is not an origin such as https://example.com.`
  return null
}

/** Whether such a zone exists: `Asia/Seoul`, `UTC`. */
export function isTimeZone(zone: string): boolean {
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: zone }).format(0) !== ''
  } catch {
    return false
  }
}

function isAddressOrRange(text: string): boolean {
  const [address = '', bits, ...more] = text.split('/')
  const width = { 0: -1, 4: 32, 6: 128 }[isIP(address)] ?? -1
  return width > 0 && more.length === 0 && (bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= width))
}

/** Bits that a guesser would have to find, by the frequency of characters; a repeated text counts once. */
function strengthOf(secret: string): number {
  if (Buffer.byteLength(secret) < 32) return 0
  const unit = secret.slice(0, (secret + secret).indexOf(secret, 1))
  const counts = new Map<string, number>()
  for (const character of unit) counts.set(character, (counts.get(character) ?? 0) + 1)
  let bits = 0
  for (const count of counts.values()) bits -= count * Math.log2(count / unit.length)
  return bits
}
