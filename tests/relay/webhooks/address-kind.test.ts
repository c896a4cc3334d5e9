// Which addresses count as public: by table, and for every private one in every way it can be written.
import { describe, expect, test } from 'bun:test'
import * as fc from 'fast-check'
import { kindOf, parseAddress, parseRange, type AddressKind } from '../../../relay/webhooks/address-kind.ts'
import { createTargets } from '../../../relay/webhooks/targets.ts'

const kind = (text: string): AddressKind | null => {
  const parsed = parseAddress(text)
  return parsed === null ? null : kindOf(parsed)
}

const TABLE: Record<AddressKind, string[]> = {
  public: ['1.1.1.1', '8.8.8.8', '9.255.255.255', '11.0.0.0', '100.63.255.255', '100.128.0.0', '126.255.255.255', '128.0.0.0', '169.253.255.255', '172.15.255.255', '172.32.0.0', '192.167.255.255', '192.169.0.0', '223.255.255.255', '2606:4700::1111', '2a00:1450:4001::8', '64:ff9b::808:808', '2002:808:808::1', '::ffff:8.8.8.8'],
  private: [
    ...['127.0.0.1', '127.255.255.254', '10.0.0.1', '10.255.255.255', '172.16.0.1', '172.31.255.255', '192.168.0.1', '192.168.255.255', '100.64.0.1', '100.127.255.255', '198.18.0.1'],
    ...['::1', 'fc00::1', 'fd12:3456:789a::1', 'fd00:ec3::254', 'fd20:ce::253', '100.100.100.199', 'fec0::1', '::ffff:127.0.0.1', '::ffff:7f00:1', '::ffff:0:10.0.0.1', '::10.0.0.1', '64:ff9b::10.0.0.1', '64:ff9b:1::808:808', '2002:7f00:1::', '2002:c0a8:101::1', '0:0:0:0:0:ffff:192.168.1.1', '[::1]'],
  ],
  link: ['169.254.169.254', '169.254.0.1', 'fe80::1', 'fe80::1%eth0', 'febf::1', '::ffff:169.254.169.254', '64:ff9b::a9fe:a9fe', '2002:a9fe:a9fe::', 'fd00:ec2::254', 'fd00:0ec2::23', 'fd20:ce::254', '100.100.100.200', '::ffff:100.100.100.200'],
  never: ['0.0.0.0', '0.1.2.3', '255.255.255.255', '224.0.0.1', '239.1.1.1', '240.0.0.1', '192.0.0.1', '192.0.2.1', '198.51.100.1', '203.0.113.1', '::', 'ff02::1', 'ff0e::1', '2001:db8::1', '2001::1', '2001:10::1', '3fff::1', '5f00::1', '4000::1', '100::1', '::ffff:0.0.0.0', '::ffff:224.0.0.1'],
}

describe('the kind of an address', () => {
  for (const [wanted, addresses] of Object.entries(TABLE)) test(wanted, () => expect(addresses.filter((each) => kind(each) !== wanted)).toEqual([]))

  test('what is no address has none', () => expect(['', 'localhost', '1.2.3', '1.2.3.4.5', '300.1.1.1', ':::', 'g::1', '10.0.0.1/8'].map(kind)).toEqual(Array(8).fill(null)))

  test('W4 no clothes make an inner address a public one', () => {
    const inner = fc.constantFrom('10.0.0.0/8', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', '0.0.0.0/8', '224.0.0.0/3').chain((range) => {
      const { value, length } = parseRange(range)!
      return fc.bigInt({ min: 0n, max: (1n << BigInt(32 - length)) - 1n }).map((rest) => Number(value | rest))
    })
    const clothes = fc.constantFrom(
      (a: string) => a,
      (a: string) => `::ffff:${a}`,
      (a: string) => `::ffff:0:${a}`,
      (a: string) => `0000:0000:0000:0000:0000:FFFF:${a}`,
      (a: string) => `64:ff9b::${a}`,
      (_: string, hex: string) => `2002:${hex}::1`,
      (_: string, hex: string) => `::ffff:${hex}`,
    )
    fc.assert(
      fc.property(inner, clothes, (number, dress) => {
        const bytes = [24, 16, 8, 0].map((shift) => (number >>> shift) & 255)
        const dotted = bytes.join('.')
        const hex = `${(number >>> 16).toString(16)}:${(number & 0xffff).toString(16)}`
        expect(kind(dress(dotted, hex))).not.toBe('public')
        expect(createTargets([]).whyNot(new URL('https://hook.example/'), ['8.8.8.8', dress(dotted, hex)])).not.toBeNull()
      }),
      { numRuns: 2_000 },
    )
  })
})

describe('where webhooks may go', () => {
  const url = (text: string) => new URL(text)

  test('W4 every way to write loopback in an address of the web is seen for what it is', () => {
    const ways = ['https://127.0.0.1/', 'https://127.1/', 'https://2130706433/', 'https://0x7f000001/', 'https://0177.0.0.1/', 'https://[::1]/', 'https://[::ffff:127.0.0.1]/', 'https://localhost/', 'https://LOCALHOST./', 'https://a.localhost/', 'https://①②⑦.0.0.1/', 'https://[64:ff9b::7f00:1]/', 'https://169.254.169.254/latest/meta-data', 'https://0.0.0.0/', 'https://[::]/']
    expect(ways.filter((each) => createTargets([]).whyNotUrl(url(each)) === null)).toEqual([])
  })

  test('public ones by name and https, and nothing else', () => {
    const why = (text: string, allowed: string[] = []) => createTargets(allowed).whyNotUrl(url(text))
    expect(['https://hook.example/x?y=1', 'https://hook.example:8443/', 'https://1.1.1.1/'].map((each) => why(each))).toEqual([null, null, null])
    for (const each of ['http://hook.example/', 'ftp://hook.example/', 'https://me:pw@hook.example/', 'https://me@hook.example/', 'data:text/plain,x']) expect([each, why(each)]).not.toEqual([each, null])
    // Whoever runs the relay learns which setting it is.
    for (const allowed of [['false'], ['no'], []]) expect(['http://127.0.0.1/', 'http://localhost:3000/', 'http://box/'].filter((each) => !why(each, allowed)?.includes('WEBHOOK_ALLOW_PRIVATE'))).toEqual([])
  })

  test('what is allowed: all private ones, or hosts, addresses and ranges by name; http to these alone', () => {
    const verdict = (allowed: string[], text: string, addresses: string[]) => createTargets(allowed).whyNot(url(text), addresses) === null
    expect(verdict(['true'], 'http://box/', ['10.1.2.3', 'fd00::1'])).toBeTrue()
    expect(verdict(['true'], 'http://box/', ['10.1.2.3', '8.8.8.8'])).toBeFalse()
    expect(verdict(['true'], 'https://box/', ['10.1.2.3', '8.8.8.8'])).toBeTrue()
    expect(verdict(['true'], 'https://meta/', ['169.254.169.254'])).toBeFalse()
    expect(['fd00:ec2::254', 'fd20:ce::254', '100.100.100.200'].filter((each) => verdict(['true'], 'https://meta/', [each]) || !verdict([each], 'http://meta/', [each]))).toEqual([])
    expect(verdict(['169.254.169.254'], 'https://meta/', ['169.254.169.254'])).toBeTrue()
    expect(verdict(['10.0.0.0/8'], 'http://box/', ['10.1.2.3'])).toBeTrue()
    expect(verdict(['10.0.0.0/8'], 'http://box/', ['11.1.2.3'])).toBeFalse()
    expect(verdict(['10.0.0.0/8'], 'http://box/', ['::ffff:10.1.2.3'])).toBeTrue()
    expect(verdict(['fd00::/8'], 'http://box/', ['fd12::1', '10.0.0.1'])).toBeFalse()
    expect(verdict(['Box.Internal.'], 'http://box.internal/', ['192.168.1.9'])).toBeTrue()
    expect(verdict(['box.internal'], 'http://fox.internal/', ['192.168.1.9'])).toBeFalse()
    for (const nowhere of ['0.0.0.0', '224.0.0.1', '::']) expect(verdict(['true', '0.0.0.0/0', '::/0', 'box'], 'https://box/', [nowhere])).toBeFalse()
    expect(verdict(['true'], 'https://box/', [])).toBeFalse()
  })
})
