// The only parser: what fits comes through typed, everything else is refused alone and by name (F1, F2, F3, F10).
import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { decodeFromBrowser, decodeFromRelay, LIMITS, parseChannel, rest } from '#protocol'

const v1 = { arrays: true }
const one = (value: unknown) => {
  const frame = decodeFromBrowser(JSON.stringify(value), v1)
  if (!frame.ok) throw new Error(frame.message)
  return frame.messages[0]
}

describe('F1: one message', () => {
  test('a prompt comes through with its data; null means absent', () => {
    expect(one({ type: 'claude_message', id: 'a', data: { content: 'hi', session_id: null, attachments: null }, extra: 1 })).toEqual({
      ok: true,
      message: { type: 'claude_message', id: 'a', channel: null, data: { content: 'hi', session_id: null, attachments: null } },
    })
  })

  test('the empty session id means absent and is accepted', () => {
    expect(one({ type: 'claude_message', data: { content: 'hi', session_id: '' } })).toMatchObject({ ok: true })
  })

  test.each([
    ['a\u0000b\u001b[31m', 'ab[31m'],
    ['one\r\n two\tthree', 'one  two three'],
    ['invoice \u202etxt.exe\u2066', 'invoice txt.exe'],
    ['👨‍👩‍👧 회의 \ufeff', '👨‍👩‍👧 회의'],
    ['a\u061cb\ufff9c\ufffb', 'abc'],
    ['\u202e\u0000 ', null],
    ['\u3164', null],
    ['\u115f', null],
    ['\u2800', null],
    ['\u00ad', null],
    ['\ufe0f', null],
    ['\u200d', null],
    ['\u200c', null],
    ['\u{e0041}', null],
    ['\u180e', null],
    ['\u034f', null],
    ['\ufff9', null],
    [' \u3164\u2800 \u00ad', null],
  ])('N6 the title %j is %j', (title, kept) => {
    const began = one({ type: 'create_session', data: { title } })
    if (kept === null) expect(began).toMatchObject({ ok: false, code: 'VALIDATION' })
    else expect(began).toMatchObject({ ok: true, message: { data: { title: kept } } })
    expect(one({ type: 'command', data: { command: 'rename', session_id: 's', args: { title } } })).toMatchObject(kept === null ? { ok: false } : { ok: true, message: { data: { args: { title: kept } } } })
    expect(rest.sessionPatch.safeParse({ title }).data?.title ?? null).toBe(kept)
  })

  test.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'nothing', ''])('the type %p is unknown', (type) => {
    expect(one({ type, id: 'x', data: {} })).toMatchObject({ ok: false, id: 'x', code: 'VALIDATION' })
  })

  test.each([[-1], [1.5], [1e308], ['5'], [null], [Number.MAX_SAFE_INTEGER + 2]])('the seq %p is no position', (seq) => {
    expect(one({ type: 'subscribe', id: 'x', channel: 'broadcast', data: { position: { epoch: 'e', seq } } })).toMatchObject({ ok: false, code: 'VALIDATION' })
  })

  test.each(['session:', 'session', 'session:../x', 'planet:1', '__proto__', 'session:a b', ':', `session:${'a'.repeat(200)}`])('%p is no channel', (channel) => {
    expect(parseChannel(channel)).toBeNull()
    expect(one({ type: 'subscribe', id: 'x', channel, data: {} })).toMatchObject({ ok: false, code: 'VALIDATION' })
  })

  test('ids of 0 and of 129 characters are refused without an id', () => {
    expect(one({ type: 'ping', id: '', data: {} })).toMatchObject({ ok: false, id: null })
    expect(one({ type: 'ping', id: 'x'.repeat(129), data: {} })).toMatchObject({ ok: false, id: null })
    expect(one({ type: 'ping', id: 'x'.repeat(128) })).toMatchObject({ ok: true })
  })

  test('F10: a frame of the older shape is VALIDATION', () => {
    expect(one({ type: 'claude_message', username: 'a', message: 'hi' })).toMatchObject({ ok: false, code: 'VALIDATION' })
  })

  test('a model name that looks like a flag does not fit', () => {
    expect(one({ type: 'create_session', data: { model: '--settings=x' } })).toMatchObject({ ok: false, code: 'VALIDATION' })
  })
})

describe('F3: arrays', () => {
  const frame = (value: unknown, options = v1) => decodeFromBrowser(JSON.stringify(value), options)
  test('each message of an array is judged alone', () => {
    expect(frame([{ type: 'ping' }, { type: 'nope' }, 7])).toMatchObject({ ok: true, batch: true, messages: [{ ok: true }, { ok: false }, { ok: false, code: 'BAD_FRAME' }] })
  })
  test.each([[[]], [[[]]], [[{ type: 'ping' }, []]]])('%j is a bad frame', (value) => expect(frame(value).ok).toBe(false))
  test('100 messages are the limit', () => {
    expect(frame(Array(LIMITS.messagesPerFrame).fill({ type: 'ping' })).ok).toBe(true)
    expect(frame(Array(LIMITS.messagesPerFrame + 1).fill({ type: 'ping' })).ok).toBe(false)
  })
  test('a simple connection may not send arrays', () => expect(frame([{ type: 'ping' }], { arrays: false }).ok).toBe(false))
})

test.each(['', 'null', '123', '"x"', '{', '\uFEFF{"type":"ping"}', '['.repeat(100_000), '{"a":'.repeat(100_000)])('F2: bad text is refused, never thrown (%#)', (text) => {
  const frame = decodeFromBrowser(text, v1)
  expect(frame.ok ? frame.messages.every((message) => !message.ok) : true).toBe(true)
})

test('any JSON at all is judged without a throw', () => {
  fc.assert(fc.property(fc.json(), (text) => void decodeFromBrowser(text, v1)))
  fc.assert(fc.property(fc.json(), (text) => void decodeFromRelay(text, () => {})))
})

test('one odd event of the relay does not hide the others', () => {
  const problems: string[] = []
  const good = { type: 'typing', channel: 'session:s', data: { session_id: 's', user_id: 'u', username: 'Minji' }, timestamp: 1 }
  expect(decodeFromRelay(JSON.stringify([{ type: 'typing', data: {} }, good, { type: 'later' }]), (problem) => problems.push(problem))).toEqual([good] as never)
  expect(problems).toHaveLength(2)
})
