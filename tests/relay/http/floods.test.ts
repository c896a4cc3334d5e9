// Floods of reads by one user: charged, and the heavy ones a few at a time.
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { nextRound } from '../../../relay/clock.ts'
import { createHeavyReads } from '../../../relay/http/heavy-reads.ts'
import { sessionRoutes } from '../../../relay/http/sessions.ts'
import { workspaceRoutes } from '../../../relay/http/workspaces.ts'
import { createLongAnswers } from '../../../relay/http/long-answers.ts'
import { eventually } from '../../support/eventually.ts'
import { startRelay, type StartedRelay } from '../../support/start-relay.ts'
import { tusBegins } from '../../support/tus-sender.ts'

let relay: StartedRelay
beforeAll(async () => {
  relay = await startRelay({ settings: { MESSAGES_PER_SECOND: '1', UPLOADS_PER_SECOND: '5' } })
})
afterAll(() => relay.stop())

test('L1 reads are charged to their user, and to nobody else', async () => {
  const me = async (token: string) => fetch(`${relay.url}/api/v1/me`, { headers: { authorization: `Bearer ${token}` } })
  const mallory = await relay.token('mallory', 'viewer')
  const answers = await Promise.all(Array.from({ length: 100 }, () => me(mallory)))
  const refused = answers.filter(({ status }) => status === 429)
  expect(refused.length).toBeGreaterThan(0)
  const body = (await refused[0]!.json()) as { code: string; retry_after_ms: number }
  expect(body.code).toBe('RATE_LIMITED')
  expect(body.retry_after_ms).toBeGreaterThan(0)
  expect((await me(await relay.token('minji'))).status).toBe(200)
})

test('L1 files of a folder are charged apart: they are slowed down alone, and whoever sends them still speaks', async () => {
  const token = await relay.token('folders')
  const send = (path: string, headers: Record<string, string>, method = 'POST', body?: string) => fetch(`${relay.url}/api/v1/${path}`, { method, body, headers: { authorization: `Bearer ${token}`, ...headers } })
  const begun: Response[] = []
  for (let at = 0; at < 400 && begun.every(({ status }) => status === 201); at += 8) begun.push(...(await Promise.all(Array.from({ length: 8 }, (_, each) => send('files/tus', tusBegins({ filename: `${at + each}.txt` }, 0))))))
  const refused = begun.filter(({ status }) => status === 429)
  expect(begun.filter(({ status }) => status === 201).length).toBeGreaterThanOrEqual(10)
  expect(refused.length).toBeGreaterThan(0)
  expect(Number(refused[0]!.headers.get('retry-after'))).toBeGreaterThan(0)
  expect(await refused[0]!.json()).toMatchObject({ code: 'RATE_LIMITED', retry_after_ms: expect.any(Number) })
  // A look at one, and other changes, have buckets of their own.
  const [, file] = begun[0]!.headers.get('location')!.split('/api/v1/')
  expect((await send(file!, { 'tus-resumable': '1.0.0' }, 'HEAD')).status).toBe(200)
  const looks = await Promise.all(Array.from({ length: 600 }, () => send(file!, { 'tus-resumable': '1.0.0' }, 'HEAD')))
  expect(new Set(looks.map(({ status }) => status))).toEqual(new Set([200, 429]))
  expect((await send(file!.replace('/tus/', '/'), {}, 'DELETE')).status).toBe(200)
})

test('L1 lists of sessions, which cost by how many there are, and looks for a path are among the heavy reads', async () => {
  const none = {} as never
  const routes = [...sessionRoutes({ sessions: none }), ...workspaceRoutes({ workspaces: none })]
  for (const path of ['/api/v1/claude/sessions', '/api/v1/workspaces/:id/tree']) {
    const read = routes.find((each) => each.method === 'GET' && each.path === path)!
    expect([path, await read.handle({ query: {}, params: {}, inTurn: async () => 'in turn' } as never)]).toEqual([path, 'in turn'])
  }
})

test('four heavy reads of one user run at a time, the others wait in order, too many are refused', async () => {
  const inTurn = createHeavyReads()
  const begun: number[] = []
  const ends: (() => void)[] = []
  const read = (n: number) => inTurn('mallory', () => new Promise<void>((resolve) => (begun.push(n), ends.push(resolve))))
  const reads = Array.from({ length: 104 }, (_, n) => read(n))
  await eventually('four have begun', () => begun.length === 4)
  expect(begun).toEqual([0, 1, 2, 3])
  expect(await read(104).catch((error: { code: string }) => error.code)).toBe('RATE_LIMITED')
  expect(await inTurn('minji', async () => 'at once')).toBe('at once')
  ends[1]!()
  await reads[1]
  await eventually('the next has begun', () => begun.length === 5)
  expect(begun).toEqual([0, 1, 2, 3, 4])
  for (let n = 0; n < 104; n++) {
    await eventually(`${n} has begun`, () => begun.length > n)
    ends[n]!()
    await reads[n]
  }
  expect(begun).toHaveLength(104)
  expect(await inTurn('mallory', async () => 'at once')).toBe('at once')
})

test('each heavy read begins in a round of its own, whoever’s it is: others are served between two', async () => {
  const inTurn = createHeavyReads()
  const order: string[] = []
  const reads = ['minji', 'joon', 'minji', 'mallory'].map((who) => inTurn(who, async () => void order.push(who)))
  let goOn = true
  const others = (async () => {
    for (; goOn; await nextRound()) order.push('others')
  })()
  await Promise.all(reads)
  goOn = false
  await others
  expect(order.filter((each) => each !== 'others')).toEqual(['minji', 'joon', 'minji', 'mallory'])
  expect(order.filter((each, at) => each !== 'others' && at > 0 && order[at - 1] !== 'others')).toEqual([])
})

test('L1 four exports of one user are open at once; whoever ends one, by reading it or leaving, may begin another', async () => {
  const streamOf = createLongAnswers((_userId, work) => work())
  let ended = 0
  async function* pieces() {
    try {
      yield* ['one', 'two']
    } finally {
      ended += 1
    }
  }
  const refused = () => {
    try {
      return void streamOf('mallory', pieces())
    } catch (error) {
      return (error as { code: string }).code
    }
  }
  const open = Array.from({ length: 4 }, () => streamOf('mallory', pieces()))
  expect(refused()).toBe('RATE_LIMITED')
  expect(await new Response(streamOf('minji', pieces())).text()).toBe('onetwo')
  expect(await new Response(open[0]).text()).toBe('onetwo')
  await open[1]!.cancel()
  expect(ended).toBe(3)
  expect([refused(), refused(), refused()]).toEqual([undefined, undefined, 'RATE_LIMITED'])
})

test('L1 an export that breaks off makes room as well', async () => {
  const streamOf = createLongAnswers((_userId, work) => work())
  async function* broken(): AsyncGenerator<string> {
    yield await Promise.reject<string>(new Error('removed'))
  }
  for (let n = 0; n < 6; n++) expect(await new Response(streamOf('mallory', broken())).text().catch((error: Error) => error.message)).toBe('removed')
})

test('F4 a flood of strangers is two lines: its first request, and how many more there were from where', async () => {
  const statuses = await Promise.all(Array.from({ length: 50 }, async () => (await fetch(`${relay.url}/api/v1/people?q=x`)).status))
  expect(new Set(statuses)).toEqual(new Set([401]))
  const of = (event: string) => relay.logged.filter((line) => line['event'] === event && line['status'] === 401 && line['route'] === 'GET /api/v1/people')
  const counted = () => of('request').length + of('requests').reduce((sum, line) => sum + Number(line['count']), 0)
  await eventually('fifty refusals are accounted for', () => counted() >= 50)
  expect(counted()).toBe(50)
  // The fifty may lie on both sides of the end of a second.
  expect(of('request').length + of('requests').length).toBeLessThanOrEqual(4)
  expect(of('requests')[0]).toMatchObject({ address: '127.0.0.1' })
})
