// C4: which Hosts and Origins come through, and from where a request is believed to come.
import { describe, expect, test } from 'bun:test'
import { Refused } from '#protocol'
import { createGate, type GateSettings } from '../../../relay/http/gate.ts'

const gateOf = (settings: Partial<GateSettings> = {}, addresses: string[] = []) =>
  createGate({
    settings: { host: '127.0.0.1', publicUrl: null, tls: false, trustedProxies: [], allowedOrigins: [], ...settings },
    port: () => 8765,
    addresses: () => addresses,
    clock: { now: () => 0 },
  })

type Sent = Record<string, string>
function pass(gate: ReturnType<typeof gateOf>, headers: Sent, { method = 'GET', peer = '127.0.0.1' }: { method?: string; peer?: string | null } = {}) {
  try {
    return gate({ method, headers: new Headers(headers), peer })
  } catch (error) {
    if (error instanceof Refused) return error.code
    throw error
  }
}
const origin = (gate: ReturnType<typeof gateOf>, headers: Sent) => {
  const passed = pass(gate, headers)
  return typeof passed === 'string' ? passed : passed.origin
}

describe('Host', () => {
  const gate = gateOf()
  test.each(['localhost:8765', 'LOCALHOST:8765', '127.0.0.1:8765', '[::1]:8765', '127.0.0.5:8765'])('%s is ours', (host) => expect(pass(gate, { host })).toBeObject())

  const odd = [
    '', ' ', 'localhost', 'localhost:80', 'localhost:08765x', 'localhost:8766', 'evil.example', 'evil.example:8765', 'localhost.evil.example:8765', '127.0.0.1.evil.example:8765',
    'localhost:8765, evil.example', 'user@localhost:8765', 'localhost:8765@evil', 'localhost:8765/', 'localhost:8765#x', 'localhost:8765?x', 'localhost\\:8765', 'loc]al[host:8765', '[::1',
    '[::2]:8765', '0.0.0.0:8765', '192.168.1.7:8765', 'localhost.:8765', '-localhost:8765', 'x'.repeat(9000), 'ngrok.app', '.ngrok.app', 'a.ngrok.app:8765', 'a.ngrok.app.evil.example', 'ts.net.evil.example',
    'xn--a.ts.net', 'a..ts.net', '127.999.1.1:8765', '127.0.0.01:8765', '127.1:8765',
  ]
  test.each(odd)('%p is not', (host) => expect(pass(gate, { host })).toBe('MISDIRECTED'))
  test('none is not', () => expect(pass(gate, {})).toBe('MISDIRECTED'))

  test('the value of HOST and, on all interfaces, the addresses of this machine', () => {
    expect(origin(gateOf({ host: 'dev.local' }), { host: 'dev.local:8765' })).toBe('http://dev.local:8765')
    expect(origin(gateOf({ host: '192.168.1.7', tls: true }), { host: '192.168.1.7:8765' })).toBe('https://192.168.1.7:8765')
    const all = gateOf({ host: '0.0.0.0' }, ['192.168.1.7', 'fd00::7'])
    expect(origin(all, { host: '192.168.1.7:8765' })).toBe('http://192.168.1.7:8765')
    expect(origin(all, { host: '[fd00::7]:8765' })).toBe('http://[fd00::7]:8765')
    expect(origin(all, { host: '192.168.1.8:8765' })).toBe('MISDIRECTED')
    expect(origin(all, { host: 'localhost:8765' })).toBe('http://localhost:8765')
  })

  test('PUBLIC_URL with its port, and names of tunnels as https', () => {
    const gate = gateOf({ publicUrl: 'https://ensemble.example' })
    expect(origin(gate, { host: 'ensemble.example' })).toBe('https://ensemble.example')
    expect(origin(gate, { host: 'ensemble.example:443' })).toBe('https://ensemble.example')
    expect(origin(gate, { host: 'ensemble.example:8443' })).toBe('MISDIRECTED')
    expect(origin(gate, { host: '127.0.0.1:8765' })).toBe('http://127.0.0.1:8765')
    expect(origin(gate, { host: 'quick-brown-fox.trycloudflare.com' })).toBe('https://quick-brown-fox.trycloudflare.com')
    expect(origin(gateOf({ publicUrl: 'http://localhost:5173' }), { host: 'localhost:5173' })).toBe('http://localhost:5173')
  })
})

describe('Origin', () => {
  const host = 'localhost:8765'
  const gate = gateOf({ allowedOrigins: ['https://app.example'], publicUrl: 'https://ensemble.example' })
  test('none, its own, or the public one', () => {
    for (const sent of [{}, { origin: 'http://localhost:8765' }, { origin: 'https://ensemble.example' }] as Sent[]) expect(pass(gate, { host, ...sent })).toMatchObject({ foreign: null })
  })
  test('an allowed one is foreign', () => expect(pass(gate, { host, origin: 'https://app.example' })).toMatchObject({ foreign: 'https://app.example' }))
  test.each(['null', '', 'https://localhost:8765', 'http://127.0.0.1:8765', 'http://localhost', 'http://localhost:8765/', 'http://localhost:8765.evil.example', 'https://app.example.evil', 'https://APP.example', 'http://evil.example'])('%p may not', (sent) =>
    expect(pass(gate, { host, origin: sent })).toBe('FORBIDDEN'),
  )
  test('a tunnel’s own origin is https', () => {
    expect(pass(gate, { host: 'a.ngrok-free.app', origin: 'https://a.ngrok-free.app' })).toMatchObject({ foreign: null, local: false })
    expect(pass(gate, { host: 'a.ngrok-free.app', origin: 'http://a.ngrok-free.app' })).toBe('FORBIDDEN')
    expect(pass(gate, { host: 'a.ngrok-free.app', origin: 'https://b.ngrok-free.app' })).toBe('FORBIDDEN')
  })
})

test('methods that are not of HTTP’s everyday are refused, after Host and Origin', () => {
  for (const method of ['CONNECT', 'TRACE', 'PROPFIND', 'FOO', '']) {
    expect(pass(gateOf(), { host: 'localhost:8765' }, { method })).toBe('METHOD_NOT_ALLOWED')
    expect(pass(gateOf(), { host: 'evil' }, { method })).toBe('MISDIRECTED')
  }
})

describe('where a request comes from', () => {
  const gate = gateOf({ trustedProxies: ['10.1.0.0/16', '::1', '127.0.0.1'], publicUrl: 'https://ensemble.example' })
  const host = 'localhost:8765'

  test('the peer, when it is no trusted proxy', () => {
    expect(pass(gate, { host, 'x-forwarded-for': '1.2.3.4', 'x-forwarded-host': 'evil' }, { peer: '203.0.113.5' })).toMatchObject({ address: '203.0.113.5', local: false })
    expect(pass(gateOf(), { host, 'x-forwarded-for': '1.2.3.4' })).toMatchObject({ address: '127.0.0.1', local: false })
  })
  test('the last hop that is none of ours', () => {
    const chain = { host: 'ensemble.example', 'x-forwarded-for': '6.6.6.6, 198.51.100.7, 10.1.2.3' }
    expect(pass(gate, chain, { peer: '10.1.0.1' })).toMatchObject({ address: '198.51.100.7', local: false, origin: 'https://ensemble.example' })
    expect(pass(gate, chain, { peer: '::ffff:10.1.0.1' })).toMatchObject({ address: '198.51.100.7' })
  })
  test('garbage in the header is no address', () => {
    expect(pass(gate, { host: 'ensemble.example', 'x-forwarded-for': "', DROP TABLE, 10.1.2.3" }, { peer: '10.1.0.1' })).toMatchObject({ address: '10.1.0.1' })
  })
  test('a hop may have a port or quotes; one that cannot be read is the peer, never what strangers wrote left of it', () => {
    const from = (hops: string) => (pass(gate, { host: 'ensemble.example', 'x-forwarded-for': `6.6.6.6, ${hops}` }, { peer: '10.1.0.1' }) as { address: string }).address
    const readable: [string, string][] = [
      ['9.9.9.9:5012', '9.9.9.9'], ['[2001:db8::1]:443', '2001:db8::1'], ['[2001:db8::1]', '2001:db8::1'], ['2001:db8::1', '2001:db8::1'], ['"9.9.9.9"', '9.9.9.9'],
      ['"[2001:db8::1]:443", 10.1.2.3:80', '2001:db8::1'], ['[::ffff:9.9.9.9]:443, [::ffff:10.1.2.3]:443', '9.9.9.9'], ['fe80::1%eth0', 'fe80::1'],
    ]
    for (const [hops, address] of readable) expect([hops, from(hops)]).toEqual([hops, address])
    for (const hops of ['unknown', '_hidden', '', '9.9.9.9:x', '9.9.9.999:80', '"', 'unknown, 10.1.2.3', ', 10.1.2.3']) expect([hops, from(hops)]).toEqual([hops, '10.1.0.1'])
    expect(pass(gateOf(), { host: 'a.ts.net', 'x-forwarded-for': '6.6.6.6, 198.51.100.7:5012' })).toMatchObject({ hop: '198.51.100.7' })
  })
  test('a trusted proxy’s host and scheme count, another’s do not', () => {
    expect(pass(gate, { host: '10.1.0.9:8765', 'x-forwarded-host': 'ensemble.example' }, { peer: '10.1.0.1' })).toMatchObject({ origin: 'https://ensemble.example' })
    expect(pass(gate, { host: '10.1.0.9:8765', 'x-forwarded-host': 'ensemble.example' }, { peer: '10.2.0.1' })).toBe('MISDIRECTED')
    for (const forwarded of ['evil.example', 'ensemble.example, evil.example']) expect(pass(gate, { host, 'x-forwarded-host': forwarded }, { peer: '10.1.0.1' })).toBe('MISDIRECTED')
    expect(pass(gate, { host, 'x-forwarded-proto': 'https' }, { peer: '10.1.0.1' })).toMatchObject({ origin: 'https://localhost:8765' })
  })
  test('whom a tunnel of this machine brings is its last hop, and the address stays the peer’s', () => {
    const headers = { host: 'a.ts.net', 'x-forwarded-for': '6.6.6.6, 198.51.100.7' }
    expect(pass(gateOf(), headers)).toMatchObject({ address: '127.0.0.1', hop: '198.51.100.7', local: false })
    expect(pass(gateOf({ publicUrl: 'https://a.ts.net' }), headers)).toMatchObject({ hop: '198.51.100.7' })
    expect(pass(gateOf(), headers, { peer: '203.0.113.5' })).toMatchObject({ address: '203.0.113.5', hop: null })
    expect(pass(gateOf(), { ...headers, host })).toMatchObject({ hop: null })
    expect(pass(gateOf(), { host: 'a.ts.net', 'x-forwarded-for': 'garbage' })).toMatchObject({ hop: null })
  })
  test('this machine: loopback by address and by name, and nobody in between', () => {
    expect(pass(gateOf(), { host })).toMatchObject({ local: true })
    expect(pass(gateOf(), { host }, { peer: null })).toMatchObject({ local: false, address: null })
    expect(pass(gateOf(), { host: 'a.ngrok.app' })).toMatchObject({ local: false })
    for (const header of ['x-forwarded-for', 'forwarded', 'x-real-ip', 'cf-connecting-ip']) expect(pass(gateOf(), { host, [header]: '1.2.3.4' })).toMatchObject({ local: false })
  })
})

test('a proxy that is no address is refused at the start', () => {
  for (const entry of ['nginx', '10.0.0.0/33', '300.1.1.1']) expect(() => gateOf({ trustedProxies: [entry] })).toThrow()
})
