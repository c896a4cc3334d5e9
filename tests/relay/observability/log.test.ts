// The log: one JSON line per fact, no control characters, no secrets.
import { describe, expect, test } from 'bun:test'
import { createLog } from '../../../relay/observability/log.ts'

function logging() {
  const lines: string[] = []
  const log = createLog((line) => void lines.push(line), { now: () => 42 })
  return { log, lines, last: () => JSON.parse(lines.at(-1)!) as Record<string, unknown> }
}

describe('lines', () => {
  test('a fact is one line of JSON', () => {
    const { log, lines, last } = logging()
    log.info('relay.started', { port: 8765, host: '127.0.0.1' })
    expect(last()).toEqual({ time: 42, level: 'info', event: 'relay.started', port: 8765, host: '127.0.0.1' })
    log.warn('a')
    log.error('b', { text: 'one\ntwo' })
    expect(lines.map((line) => line.includes('\n'))).toEqual([false, false, false])
    expect(last()).toMatchObject({ level: 'error', text: 'one\ntwo' })
  })

  test('control characters and bidi marks are escaped', () => {
    const { log, lines } = logging()
    const text = 'a\u0000\u0007\u001b[31m\u007f\u0085\u009b2J\u2028\u2029\u202e\u2066\ufeffz'
    log.info(text, { [text]: text })
    expect(lines[0]).toMatch(/^[\u0020-\u007e]*$/)
    expect((JSON.parse(lines[0]!) as { event: string }).event).toBe(text)
  })

  test('a field cannot pretend to be the level or the time', () => {
    const { log, last } = logging()
    log.warn('x', { level: 'info', time: 0, event: 'y' })
    expect(last()).toEqual({ time: 42, level: 'warn', event: 'x' })
  })

  test('errors, dates, bytes, bigints, cycles and throwing getters are survived', () => {
    const { log, last } = logging()
    const cycle: Record<string, unknown> = {}
    cycle.self = cycle
    log.error('x', { problem: Object.assign(new TypeError('no'), { code: 'E' }), at: new Date(0), bytes: new Uint8Array(3), big: 7n, cycle, fn: () => 1 })
    expect(last()).toMatchObject({ problem: { name: 'TypeError', message: 'no', code: 'E' }, at: '1970-01-01T00:00:00.000Z', bytes: '[3 bytes]', big: '7' })
    log.error('y', { get bad(): string { throw new Error('getter') } })
    expect(last()).toMatchObject({ event: 'y', unloggable: 'Error: getter' })
  })

  test('long texts and long lists are cut', () => {
    const { log, lines } = logging()
    log.info('x', { text: 'y'.repeat(1_000_000), list: Array.from({ length: 10_000 }, (_, index) => index) })
    expect(lines[0]!.length).toBeLessThan(20_000)
  })
})

describe('secrets', () => {
  const jwt = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbm4ifQ.c2lnbmF0dXJl'
  const secrets: [string, Record<string, unknown>][] = [
    ['a JWT anywhere in a text', { text: `failed for ${jwt}!` }],
    ['an API token', { text: 'used ens_abcDEF0123-_xyz here' }],
    ['an authorization header', { headers: { Authorization: 'Bearer abcdef' } }],
    ['a bearer in a text', { text: 'got bearer abcdef123' }],
    ['a subprotocol', { offered: `ensemble.v1, bearer.${jwt}` }],
    ['a token in a URL', { url: 'wss://host/ws?token=abcdef123&x=1' }],
    ['a sign-in code in a URL', { url: 'http://127.0.0.1:8765/#code=abcdef123' }],
    ['a key of the Messages API', { text: 'x-api-key: sk-ant-abcdef123' }],
    ['a named secret of any shape', { token: 'abcdef123', refresh_token: 'abcdef123', password: 'abcdef123', cookie: 'abcdef123', JWT_SECRET: 'abcdef123' }],
    ['a secret deep inside', { a: [{ b: { password: ['abcdef123'], secret: { inner: 'abcdef123' } } }] }],
    ['a secret in an error', { problem: new Error(`bad token ${jwt}`) }],
    ['a secret as a name', { [`ens_abcdef123`]: 1 }],
  ]
  for (const [what, fields] of secrets) {
    test(what, () => {
      const { log, lines } = logging()
      log.info('fact', fields)
      log.info(JSON.stringify(fields.text ?? fields.url ?? ''))
      for (const line of lines) expect(line).not.toMatch(/abcdef|eyJzdWIi|abcDEF|c2lnbmF0/)
    })
  }

  test('numbers with such names stay', () => {
    const { log, last } = logging()
    log.info('turn', { input_tokens: 12, output_tokens: 34, token_count: null })
    expect(last()).toMatchObject({ input_tokens: 12, output_tokens: 34, token_count: null })
  })
})
