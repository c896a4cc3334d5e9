// What kind of place an IP address is: of everybody, of a network of one's own, of this link, or no place to send anything to.
import { isIP } from 'node:net'

/** private: loopback, home and company networks, carriers' inner ones · link: of this link, and wherever else clouds hand machines their keys · never: nobody is there. */
export type AddressKind = 'public' | 'private' | 'link' | 'never'
export type Parsed = { bits: 32 | 128; value: bigint }
export type Range = Parsed & { length: number }

const nat64 = 0x64ff9bn << 96n

function parse4(text: string): bigint {
  return text.split('.').reduce((value, part) => (value << 8n) | BigInt(part), 0n)
}

function parse6(text: string): bigint {
  // The URL parser knows every way to write one; what it gives is eight groups with at most one gap.
  const [head = '', tail] = new URL(`http://[${text}]/`).hostname.slice(1, -1).split('::')
  const groups = (part: string) => (part === '' ? [] : part.split(':'))
  const [before, after] = [groups(head), groups(tail ?? '')]
  const gap = tail === undefined ? [] : Array<string>(8 - before.length - after.length).fill('0')
  return [...before, ...gap, ...after].reduce((value, group) => (value << 16n) | BigInt(`0x${group}`), 0n)
}

/** An IPv4 address in the clothes of IPv6 is that IPv4 address. Null for what is no address. */
export function parseAddress(text: string): Parsed | null {
  const bare = text.replace(/^\[|\]$/g, '').replace(/%.*$/, '')
  const family = isIP(bare)
  if (family === 0) return null
  if (family === 4) return { bits: 32, value: parse4(bare) }
  const value = parse6(bare)
  const inner = innerOf(value)
  return inner === null ? { bits: 128, value } : { bits: 32, value: inner }
}

/** Mapped (::ffff:0:0/96), translated (::ffff:0:0:0/96), compatible (::/96), NAT64 (64:ff9b::/96) and 6to4 (2002::/16). */
function innerOf(value: bigint): bigint | null {
  const low = value & 0xffffffffn
  const high = value >> 32n
  if (high === 0xffffn || high === 0xffff0000n || value >> 32n === nat64 >> 32n) return low
  if (high === 0n && low > 1n) return low
  return value >> 112n === 0x2002n ? (value >> 80n) & 0xffffffffn : null
}

/** `10.0.0.0/8`, or one address; null for neither. */
export function parseRange(text: string): Range | null {
  const [address = '', length, ...more] = text.split('/')
  const parsed = parseAddress(address)
  if (parsed === null || more.length > 0 || (length !== undefined && !/^\d{1,3}$/.test(length))) return null
  const given = length === undefined ? parsed.bits : Number(length)
  // The length of a mapped range counts the clothes.
  const own = parsed.bits === 32 && isIP(address.replace(/%.*$/, '')) === 6 && length !== undefined ? given - 96 : given
  return own < 0 || own > parsed.bits ? null : { ...parsed, length: own }
}

export function isIn({ bits, value }: Parsed, range: Range): boolean {
  const rest = BigInt(bits - range.length)
  return bits === range.bits && value >> rest === range.value >> rest
}

const ranges = (...texts: string[]): Range[] => texts.map((text) => parseRange(text)!)

// IANA's registries of special-purpose addresses, by what they mean for a sender.
const PRIVATE = ranges('10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '198.18.0.0/15', '::1', 'fc00::/7', 'fec0::/10', '64:ff9b:1::/48')
// AWS, Google and Alibaba have theirs within private ranges as well.
const LINK = ranges('169.254.0.0/16', 'fe80::/10', 'fd00:ec2::/32', 'fd20:ce::254', '100.100.100.200')
const NEVER = ranges(
  ...['0.0.0.0/8', '192.0.0.0/24', '192.0.2.0/24', '192.88.99.0/24', '198.51.100.0/24', '203.0.113.0/24', '224.0.0.0/4', '240.0.0.0/4'],
  ...['2001::/23', '2001:db8::/32', '3fff::/20', '5f00::/16'],
)
const PUBLIC = ranges('0.0.0.0/0', '2000::/3')

export function kindOf(address: Parsed): AddressKind {
  const among = (list: readonly Range[]) => list.some((range) => isIn(address, range))
  if (among(LINK)) return 'link'
  if (among(PRIVATE)) return 'private'
  return !among(NEVER) && among(PUBLIC) ? 'public' : 'never'
}
