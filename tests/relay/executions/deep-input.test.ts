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

const deep = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`
const respond = (id: string, field: string, levels: number) =>
  ada.raw(`{"type":"permission_response","id":"${id}","data":{"request_id":"r","behavior":"allow","${field}":{"x":${deep(levels)}}},"timestamp":1}`)
const nothingFailed = async () => {
  expect(relay.logged.filter(({ level }) => level === 'error')).toEqual([])
  expect(await ada.request('ping')).toMatchObject({ ok: true })
}

test.each(['updated_input', 'answers'])('%s of 4,000 levels is VALIDATION, and nothing fails', async (field) => {
  const id = `deep-${field}`
  respond(id, field, 4_000)
  expect((await ada.until((frame) => frame.id === id, 'the refusal')).data.code).toBe('VALIDATION')
  await nothingFailed()
})

test.each(['updated_input', 'answers'])('%s of 60,000 levels is more than a frame may hold (F11), and nothing fails', async (field) => {
  const before = ada.frames.length
  respond(`deeper-${field}`, field, 60_000)
  expect((await ada.until((frame) => frame.type === 'error' && ada.frames.indexOf(frame) >= before, 'the refusal')).data.code).toBe('BAD_FRAME')
  await nothingFailed()
})

test('as deep as allowed passes, one level more does not', () => {
  const nested = (levels: number) => JSON.parse(`${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`) as object
  const passes = (levels: number) => permissionResponse.safeParse({ request_id: 'r', behavior: 'allow', updated_input: nested(levels) }).success
  expect([passes(1), passes(LIMITS.inputDepth), passes(LIMITS.inputDepth + 1)]).toEqual([true, true, false])
})
