// Where webhooks may go: to public addresses over https; to others only where whoever runs the relay has said so.
import { kindOf, isIn, parseAddress, parseRange, type Range } from './address-kind.ts'

export type Targets = {
  /** Whether anything beyond public addresses is allowed at all. */
  readonly opened: boolean
  /** Why this address of the web cannot be a receiver, as far as it can be told without asking for its name; null: it may be one. */
  whyNotUrl(url: URL): string | null
  /** The same when it is known where the name leads: one wrong address among many is one too many. */
  whyNot(url: URL, addresses: readonly string[]): string | null
}

const bareName = (hostname: string) => hostname.toLowerCase().replace(/\.$/, '')

/** `given`: names, addresses and ranges; `true` stands for every private address, but for those where clouds keep their keys, link-local or not. */
export function createTargets(given: readonly string[]): Targets {
  const allowed = given.filter((each) => !/^(false|no|off|0)$/i.test(each))
  const all = allowed.some((each) => /^(true|yes|on|1)$/i.test(each))
  const ranges = allowed.map(parseRange).filter((range): range is Range => range !== null)
  const names = new Set(allowed.map(bareName))

  function judge(address: string, name: string): 'public' | 'allowed' | 'refused' {
    const parsed = parseAddress(address)
    const kind = parsed === null ? 'never' : kindOf(parsed)
    if (parsed === null || kind === 'never') return 'refused'
    if (kind === 'public') return 'public'
    const named = names.has(name) || ranges.some((range) => isIn(parsed, range))
    return named || (all && kind === 'private') ? 'allowed' : 'refused'
  }

  function whyNot(url: URL, addresses: readonly string[]): string | null {
    const name = bareName(url.hostname)
    const verdicts = addresses.map((address) => judge(address, name))
    if (verdicts.length === 0 || verdicts.includes('refused')) return 'it leads to an address that is not public, which WEBHOOK_ALLOW_PRIVATE does not allow'
    if (url.protocol === 'http:' && verdicts.includes('public')) return 'a public receiver has to be https'
    return null
  }

  return {
    opened: all || ranges.length > 0 || names.size > 0,
    whyNot,
    whyNotUrl(url) {
      if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'it has to be https'
      if (url.username !== '' || url.password !== '') return 'it may hold no name or password; the signature says who sends'
      const name = bareName(url.hostname)
      if (parseAddress(name) !== null) return whyNot(url, [name.replace(/^\[|\]$/g, '')])
      if (name === 'localhost' || name.endsWith('.localhost')) return whyNot(url, ['127.0.0.1'])
      if (url.protocol === 'http:' && !this.opened) return 'it has to be https: plain http is spoken only to what WEBHOOK_ALLOW_PRIVATE names'
      return null
    },
  }
}
