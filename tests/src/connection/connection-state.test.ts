// What people are told of the link, from the facts about it.
import { expect, test } from 'bun:test'
import { connectionState, type LinkFacts } from '../../../src/connection/connection-state.ts'

const facts = (more: Partial<LinkFacts> = {}): LinkFacts => ({
  signedOut: false,
  up: true,
  everUp: true,
  latencyMs: 12,
  attempt: 0,
  inMs: null,
  downForMs: 0,
  browserOffline: false,
  behind: 0,
  waiting: 0,
  ...more,
})

test('one state for each set of facts', () => {
  expect(connectionState(facts())).toEqual({ kind: 'live', latencyMs: 12 })
  expect(connectionState(facts({ latencyMs: null }))).toEqual({ kind: 'live', latencyMs: null })
  expect(connectionState(facts({ latencyMs: 400 }))).toEqual({ kind: 'live', latencyMs: 400 })
  expect(connectionState(facts({ latencyMs: 401 }))).toEqual({ kind: 'slow', latencyMs: 401 })
  expect(connectionState(facts({ behind: 214 }))).toEqual({ kind: 'catching-up', events: 214 })
  expect(connectionState(facts({ up: false, everUp: false }))).toEqual({ kind: 'connecting' })
  expect(connectionState(facts({ up: false, attempt: 3, inMs: 4_000 }))).toEqual({ kind: 'reconnecting', attempt: 3, inMs: 4_000 })
  expect(connectionState(facts({ up: false, everUp: false, attempt: 1 }))).toEqual({ kind: 'reconnecting', attempt: 1, inMs: 0 })
  expect(connectionState(facts({ up: false, attempt: 5, downForMs: 20_000, waiting: 2 }))).toEqual({ kind: 'offline', waiting: 2 })
  expect(connectionState(facts({ up: false, attempt: 1, browserOffline: true }))).toEqual({ kind: 'offline', waiting: 0 })
  expect(connectionState(facts({ signedOut: true, up: false, browserOffline: true }))).toEqual({ kind: 'signed-out' })
})

test('a relay on this machine needs no network: what answers is live', () => {
  expect(connectionState(facts({ browserOffline: true })).kind).toBe('live')
})
