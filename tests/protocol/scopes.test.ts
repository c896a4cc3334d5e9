// The scopes of API tokens, written down a second time: what is closed, what only `approve` opens, and that nothing was forgotten.
import { expect, test } from 'bun:test'
import { covers, FROM_BROWSER, RELAY_ACTIONS, RELAY_SCOPES, scopeOfMessage, SCOPES, SESSION_ACTIONS, SESSION_SCOPES, type FromBrowser, type Scope } from '#protocol'

const withScope = (scope: Scope | null) =>
  [...Object.entries(SESSION_SCOPES), ...Object.entries(RELAY_SCOPES)].filter(([, needed]) => needed === scope).map(([action]) => action)

test('every action has a scope or is closed', () => {
  expect(Object.keys(SESSION_SCOPES).sort()).toEqual(Object.keys(SESSION_ACTIONS).sort())
  expect(Object.keys(RELAY_SCOPES).sort()).toEqual(Object.keys(RELAY_ACTIONS).sort())
  for (const scope of SCOPES) expect([scope, withScope(scope).length > 0]).toEqual([scope, true])
})

test('an answer, and a mode that answers ahead of time, need `approve`; trust is closed', () => {
  expect(withScope('approve').sort()).toEqual(['answer', 'answer_always', 'set_mode', 'set_open_mode'])
  expect(withScope(null)).toEqual(['trust'])
})

test('deny by default: no scope covers what names none, and what is no API token is bound by none', () => {
  expect(covers([...SCOPES], null)).toBeFalse()
  for (const scope of SCOPES) expect([covers([], scope), covers([scope], scope), covers(SCOPES.filter((each) => each !== scope), scope), covers(null, scope)]).toEqual([false, true, false, true])
  expect(covers(null, null)).toBeTrue()
})

test('every message and every command has its scope', () => {
  const commands = FROM_BROWSER.command._zod.def.options.map((option) => option.shape.command._zod.def.values[0]!)
  const messages: { type: string; data: { command?: string; action?: string } }[] = Object.keys(FROM_BROWSER).flatMap((type) =>
    type === 'command' ? commands.map((command) => ({ type, data: { command } })) : type === 'queue_update' ? ['move', 'edit', 'cancel', 'send_now'].map((action) => ({ type, data: { action } })) : [{ type, data: {} }],
  )
  for (const message of messages) {
    const scope = scopeOfMessage(message as unknown as FromBrowser)
    const named = message.data.command ?? message.type
    const expected: unknown[] = ['auth', 'ping'].includes(named) ? ['free'] : named === 'trust' ? [null] : ['read', 'run', 'files', 'approve', 'admin']
    expect([named, expected.includes(scope)]).toEqual([named, true])
  }
})
