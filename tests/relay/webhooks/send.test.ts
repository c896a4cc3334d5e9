// One attempt on the wire: resolved once, sent to the address that was judged, under its own name; and what receivers may do to us.
import { afterAll, describe, expect, test } from 'bun:test'
import { networkInterfaces } from 'node:os'
import { systemClock } from '../../../relay/clock.ts'
import { attemptMs, createSend, type Attempt } from '../../../relay/webhooks/send.ts'
import { createTargets } from '../../../relay/webhooks/targets.ts'
import { eventually } from '../../support/eventually.ts'
import { manualClock } from '../../support/manual-clock.ts'
import { certificateFor, startReceiver } from './receiver.ts'

const certificate = Bun.which('openssl') === null ? null : certificateFor('hook.example')
const plain = await startReceiver()
const secure = certificate === null ? null : await startReceiver({ tls: certificate })
afterAll(async () => {
  await plain.stop()
  await secure?.stop()
})

type Options = { allowed?: string[]; resolve?: (name: string) => Promise<string[]>; authorities?: string; clock?: typeof systemClock }
function sender({ allowed = ['127.0.0.0/8'], resolve = async () => ['127.0.0.1'], authorities, clock = systemClock }: Options = {}) {
  const send = createSend({ resolve, targets: createTargets(allowed), clock, authorities })
  return (url: string): Promise<Attempt> => send({ url, headers: { 'ensemble-event': 'x' }, body: '{"a":"ü"}' })
}
const problem = (attempt: Attempt) => (attempt.outcome === 'unanswered' ? attempt.problem : attempt.status)

describe('the address', () => {
  test('W4 a name is resolved once, and what it means later is nobody’s business', async () => {
    const asked: string[] = []
    const rebinding = async (name: string) => {
      asked.push(name)
      return asked.length === 1 ? ['127.0.0.1'] : ['10.255.255.1']
    }
    const attempt = await sender({ resolve: rebinding })(`http://hook.example:${plain.port}/path?q=1`)
    expect(attempt).toMatchObject({ outcome: 'answered', status: 200 })
    expect(asked).toEqual(['hook.example'])
    expect(plain.got.at(-1)).toMatchObject({ path: '/path?q=1', body: '{"a":"ü"}', headers: { host: `hook.example:${plain.port}`, 'content-length': '10' } })
  })

  test.skipIf(secure === null)('W4 over TLS the name is asked for and has to be that of the certificate, whatever the address', async () => {
    const send = sender({ authorities: certificate!.cert })
    expect(await send(`https://hook.example:${secure!.port}/`)).toMatchObject({ outcome: 'answered', status: 200 })
    expect(secure!.got.at(-1)).toMatchObject({ servername: 'hook.example', headers: { host: `hook.example:${secure!.port}` } })
    const before = secure!.got.length
    expect(problem(await send(`https://other.example:${secure!.port}/`))).toBe('tls')
    expect(problem(await sender()(`https://hook.example:${secure!.port}/`))).toBe('tls')
    expect(secure!.got.length).toBe(before)
  })

  test.skipIf(secure === null)('a receiver that is an address is asked by no name, and its certificate is for the address', async () => {
    const never = () => Promise.reject(new Error('nothing is to be resolved'))
    const ofAddress = certificateFor('127.0.0.1')
    const receiver = await startReceiver({ tls: ofAddress })
    expect(problem(await sender({ resolve: never, authorities: ofAddress.cert })(receiver.url))).toBe(200)
    expect(receiver.got[0]).toMatchObject({ servername: null, headers: { host: `127.0.0.1:${receiver.port}` } })
    expect(problem(await sender({ resolve: never, authorities: certificate!.cert })(`https://127.0.0.1:${secure!.port}/`))).toBe('tls')
    await receiver.stop()
  })

  const hasIpv6 = Object.values(networkInterfaces()).some((each) => each?.some(({ address }) => address === '::1'))
  test.skipIf(!hasIpv6)('over IPv6 as well, by address and by name', async () => {
    const receiver = await startReceiver({ host: '::1' })
    for (const url of [`http://[::1]:${receiver.port}/`, `http://hook.example:${receiver.port}/`]) expect([url, problem(await sender({ allowed: ['::1'], resolve: async () => ['::1'] })(url))]).toEqual([url, 200])
    expect(receiver.got.map(({ headers }) => headers['host'])).toEqual([`[::1]:${receiver.port}`, `hook.example:${receiver.port}`])
    await receiver.stop()
  })

  test('W4 one address that may not be is one too many, and nobody is connected to', async () => {
    const before = plain.connections()
    for (const addresses of [['127.0.0.1', '10.0.0.1'], ['10.0.0.1', '127.0.0.1'], ['127.0.0.1', '::ffff:169.254.169.254'], ['127.0.0.1', '8.8.8.8']]) {
      expect(problem(await sender({ resolve: async () => addresses })(`http://hook.example:${plain.port}/`))).toBe('address')
    }
    expect(problem(await sender({ allowed: [] })(`http://127.0.0.1:${plain.port}/`))).toBe('address')
    expect(plain.connections()).toBe(before)
  })

  test('the next of its addresses is taken when nobody is there, and none when nobody is anywhere', async () => {
    const send = (addresses: string[]) => sender({ resolve: async () => addresses })(`http://hook.example:${plain.port}/`)
    expect(problem(await send(['127.0.0.77', '127.0.0.1']))).toBe(200)
    expect(problem(await send(['127.0.0.77', '127.0.0.78']))).toBe('connection')
    expect(problem(await sender({ resolve: () => Promise.reject(new Error('ENOTFOUND')) })('https://nowhere.example/'))).toBe('name')
  })
})

describe('the answer', () => {
  const at = `http://hook.example:${plain.port}/`

  test('W3 a redirect is an answer like any other, and is not followed', async () => {
    const before = plain.got.length
    plain.answers((_, response) => void response.writeHead(307, { location: `http://127.0.0.1:${plain.port}/inner` }).end())
    expect(await sender()(at)).toMatchObject({ outcome: 'answered', status: 307 })
    expect(plain.got.slice(before).map(({ path }) => path)).toEqual(['/'])
  })

  test('W3 an endless answer is cut: a short beginning is all that is read and kept', async () => {
    const more = Buffer.alloc(64 * 1024, 'A')
    plain.answers((_, response) => {
      const write = () => void (response.destroyed || (response.write(more) ? setImmediate(write) : response.once('drain', write)))
      write()
    })
    expect(await sender()(at)).toMatchObject({ outcome: 'answered', status: 200, answer: 'A'.repeat(500) })
  })

  test('what would move a cursor or hide text is not kept', async () => {
    plain.says(500, 'no\u001b[2J\u0000 \u0007way\n')
    expect(await sender()(at)).toMatchObject({ status: 500, answer: 'no [2J   way' })
  })

  test('W3 ten seconds for all of it, however slowly it drips', async () => {
    const clock = manualClock()
    plain.answers(() => undefined)
    const before = plain.got.length
    const silent = sender({ clock })(at)
    await eventually('it was asked', () => plain.got.length > before)
    clock.advance(attemptMs)
    expect(problem(await silent)).toBe('timeout')

    let dripping = false
    plain.answers((_, response) => {
      response.writeHead(200).write('a')
      dripping = true
    })
    const slow = sender({ clock })(at)
    await eventually('it drips', () => dripping)
    clock.advance(attemptMs - 1)
    clock.advance(1)
    expect(['timeout', 200]).toContain(problem(await slow))
    expect(clock.pending()).toBe(0)
  })

  test('a name that takes for ever to be found is over with the attempt', async () => {
    const clock = manualClock()
    const stuck = sender({ clock, resolve: () => new Promise(() => undefined) })(at)
    clock.advance(attemptMs)
    expect(problem(await stuck)).toBe('timeout')
  })

  test('how long to wait is read in seconds and as a date', async () => {
    const clock = manualClock(Date.UTC(2026, 0, 1))
    for (const [header, ms] of [['120', 120_000], ['Thu, 01 Jan 2026 00:01:00 GMT', 60_000], ['soon', null], ['-5', null], ['Thu, 01 Jan 2020 00:01:00 GMT', null]] as const) {
      plain.answers((_, response) => void response.writeHead(503, { 'retry-after': header }).end())
      expect([header, await sender({ clock })(at)]).toEqual([header, expect.objectContaining({ retryAfterMs: ms })])
    }
  })

  test('what is no HTTP is no answer', async () => {
    const babbler = Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data: (socket) => void socket.end('what?\r\n\r\n') } })
    const outcomes = [await sender()(`http://hook.example:${babbler.port}/`), await sender()(`https://hook.example:${babbler.port}/`)].map(problem)
    expect(outcomes).toEqual(['answer', 'tls'])
    babbler.stop(true)
  })
})
