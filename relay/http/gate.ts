// The gate before everything: which names this relay answers to, which pages may speak to it, and from where a request really comes.
import { BlockList, isIP, isIPv6 } from 'node:net'
import { Refused } from '#protocol'
import type { Clock } from '../clock.ts'
import { isLoopback } from '../unsafe-settings.ts'

/** Names under these suffixes point at this machine only when somebody opened a tunnel from it. */
const TUNNELS = ['.ngrok-free.app', '.ngrok.app', '.trycloudflare.com', '.ts.net', '.devtunnels.ms']
const isTunnel = (name: string) => TUNNELS.some((suffix) => name.endsWith(suffix))
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']
const FORWARDED = ['x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'forwarded', 'x-real-ip', 'cf-connecting-ip']
const rereadAddressesMs = 10_000
const maxKnownHosts = 100

export type GateSettings = {
  host: string
  publicUrl: string | null
  tls: boolean
  trustedProxies: readonly string[]
  allowedOrigins: readonly string[]
}

/** What came through. `origin`: under which the browser sees the relay; `foreign`: an allowed other origin that asks; `hop`: as in `Caller`. */
export type Passed = { origin: string; foreign: string | null; address: string | null; local: boolean; hop: string | null }

type Own = { origin: string; loopback: boolean; tunnel: boolean }
type Seen = { method: string; headers: Headers; peer: string | null }

const hostPattern = /^(?!.*\.\.)(\[[0-9a-f:.]+\]|[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)(?::(\d{1,5}))?$/
const bare = (address: string) => address.replace(/^::ffff:(?=\d+\.)/i, '').replace(/^\[|\]$/g, '')
/** The address in what a proxy says of a hop, which some write with its port or in quotes; null when there is none. */
function addressIn(hop: string): string | null {
  const unquoted = hop.trim().replace(/^"(.*)"$/, '$1')
  const written = isIP(unquoted) === 0 ? unquoted.replace(/^(\[.*\]|[^:]*):\d{1,5}$/, '$1') : unquoted
  const address = bare(written.replace(/^\[(.*)\]$/, '$1')).replace(/%.*$/, '')
  return isIP(address) === 0 ? null : address
}
const last = (header: string | null) => header?.split(',').at(-1)?.trim() || null

function readProxies(entries: readonly string[]): (address: string) => boolean {
  if (entries.length === 0) return () => false
  const list = new BlockList()
  for (const entry of entries) {
    const [address = '', bits] = entry.split('/')
    const family = isIPv6(address) ? 'ipv6' : 'ipv4'
    if (isIP(address) === 0) throw new Error(`TRUSTED_PROXIES: "${entry}" is neither an address nor a range`)
    if (bits === undefined) list.addAddress(address, family)
    else list.addSubnet(address, Number(bits), family)
  }
  return (address) => isIP(address) !== 0 && list.check(address, isIPv6(address) ? 'ipv6' : 'ipv4')
}

/** `addresses`: the address literals of this machine, asked again when an unknown one turns up. */
export function createGate(dependencies: { settings: GateSettings; port: () => number; addresses: () => readonly string[]; clock: Pick<Clock, 'now'> }) {
  const { settings, port, addresses, clock } = dependencies
  const isProxy = readProxies(settings.trustedProxies)
  const publicUrl = settings.publicUrl === null ? null : new URL(settings.publicUrl)
  const wildcard = ['0.0.0.0', '::', '[::]'].includes(settings.host)
  let machine: ReadonlySet<string> = new Set()
  let readAt = -Infinity

  function isOfMachine(address: string): boolean {
    if (!wildcard || isIP(address) === 0) return false
    if (!machine.has(address) && clock.now() - readAt > rereadAddressesMs) {
      readAt = clock.now()
      machine = new Set(addresses())
    }
    return machine.has(address)
  }

  /** Names that were found to be ours stay so; a browser says the same one with every request. */
  const known = new Map<string, Own>()

  function ownOf(host: string, scheme: 'http' | 'https'): Own | null {
    const key = `${scheme}://${host}`
    const before = known.get(key)
    if (before) return before
    const origin = originOf(host, scheme)
    if (origin === null) return null
    const { hostname } = new URL(origin)
    const own = { origin, loopback: isLoopback(hostname), tunnel: isTunnel(hostname) }
    if (known.size < maxKnownHosts) known.set(key, own)
    return own
  }

  /** The origin for a Host that this relay answers to, or null. */
  function originOf(host: string, scheme: 'http' | 'https'): string | null {
    const match = hostPattern.exec(host.toLowerCase())
    if (!match) return null
    const [, name = '', portText] = match
    const usual = (of: string) => (of === 'https' ? '443' : '80')
    if (publicUrl && name === publicUrl.hostname) {
      const wanted = publicUrl.port || usual(publicUrl.protocol.slice(0, -1))
      if ((portText ?? usual(publicUrl.protocol.slice(0, -1))) === wanted) return publicUrl.origin
    }
    if (isTunnel(name) && (portText === undefined || portText === '443')) return URL.parse(`https://${name}`)?.origin ?? null
    const own = isLoopback(name) || name === settings.host.toLowerCase() || bare(name) === bare(settings.host) || isOfMachine(bare(name))
    if (!own || (portText ?? usual(scheme)) !== String(port())) return null
    return URL.parse(`${scheme}://${name}:${port()}`)?.origin ?? null
  }

  /** Throws MISDIRECTED, FORBIDDEN or METHOD_NOT_ALLOWED. Never looks at the URL, which an odd Host makes unreadable. */
  return function gate({ method, headers, peer }: Seen): Passed {
    const peerAddress = peer === null ? null : bare(peer)
    const trusted = peerAddress !== null && isProxy(peerAddress)
    const host = (trusted && last(headers.get('x-forwarded-host'))) || headers.get('host') || ''
    const proto = trusted ? last(headers.get('x-forwarded-proto')) : null
    const own = ownOf(host, settings.tls || proto === 'https' ? 'https' : 'http')
    if (own === null) throw new Refused('MISDIRECTED', 'the relay does not answer to this name; if it should, set PUBLIC_URL')
    const sent = headers.get('origin')
    const isOwn = sent === null || sent === own.origin || sent === publicUrl?.origin
    if (!isOwn && !settings.allowedOrigins.includes(sent)) throw new Refused('FORBIDDEN', 'this page may not speak to the relay; if it should, set ALLOWED_ORIGINS')
    if (!METHODS.includes(method)) throw new Refused('METHOD_NOT_ALLOWED', 'there is no such method here')
    const hops = trusted ? (headers.get('x-forwarded-for') ?? '').split(',').map(addressIn) : []
    // What stands left of the first that is none of ours was written by strangers, also when that one cannot be read.
    const client = hops.findLast((hop) => hop === null || !isProxy(hop)) ?? null
    const fromHere = peerAddress !== null && isLoopback(peerAddress)
    const local = own.loopback && fromHere && !FORWARDED.some((name) => headers.has(name))
    const said = fromHere && own.tunnel ? addressIn(last(headers.get('x-forwarded-for')) ?? '') : null
    return { origin: own.origin, foreign: isOwn ? null : sent, address: client ?? peerAddress, local, hop: said }
  }
}
