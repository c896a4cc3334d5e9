// The network that an address stands for where strangers are counted: of IPv6 a whole /64, for whoever has one address has all of it. Pure.
import { isIPv6 } from 'node:net'

const groupsOfNetwork = 4

/** Groups as they count, whatever zeros and shortenings they are written with. */
const groupsIn = (part: string): string[] => (part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16).toString(16)))

/** IPv4, and what is no address, is its own. */
export function networkOf(address: string | null): string {
  const bare = (address ?? '').replace(/%.*$/, '')
  if (!isIPv6(bare) || bare.includes('.')) return bare
  const [head = '', tail] = bare.split('::')
  const [before, after] = [groupsIn(head), groupsIn(tail ?? '')]
  const zeros = tail === undefined ? 0 : 8 - before.length - after.length
  return `${[...before, ...Array<string>(zeros).fill('0'), ...after].slice(0, groupsOfNetwork).join(':')}::/64`
}
