// Inputs and answers that are nested without end are refused at the door, over a real socket.
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { LIMITS, permissionResponse } from '#protocol'
import { connectProtocol, type ProtocolClient } from '../../support/protocol-client.ts'
import { startRelay, type StartedRelay } from '../../support/start-relay.ts'

let relay: StartedRelay
let ada: ProtocolClient
beforeAll(async () => {
  relay = await startRelay()
  ada = await connectProtocol({ url: relay.url, token: await relay.token('ada'), name: 'ada' })
})
afterAll(() => relay.stop())

test.each(['updated_input', 'answers'])('%s of 60,000 levels is VALIDATION, and nothing fails', async (field) => {
  const id = `deep-${field}`
  const deep = `${'['.repeat(60_000)}${']'.repeat(60_000)}`
  ada.raw(`{"type":"permission_response","id":"${id}","data":{"request_id":"r","behavior":"allow","${field}":{"x":${deep}}},"timestamp":1}`)
  const { data } = await ada.until((frame) => frame.id === id, 'the refusal', 10_000)
  expect(data.code).toBe('VALIDATION')
  expect(relay.logged.filter(({ level }) => level === 'error')).toEqual([])
  expect(await ada.request('ping')).toMatchObject({ ok: true })
})

test('as deep as allowed passes, one level more does not', () => {
  const nested = (levels: number) => JSON.parse(`${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`) as object
  const passes = (levels: number) => permissionResponse.safeParse({ request_id: 'r', behavior: 'allow', updated_input: nested(levels) }).success
  expect([passes(1), passes(LIMITS.inputDepth), passes(LIMITS.inputDepth + 1)]).toEqual([true, true, false])
})
