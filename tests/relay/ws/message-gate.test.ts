// Every message type against everybody who must not, by the contract's table: with real ids, so that a missing check would let it through, as it does those who may.
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { FROM_BROWSER, SUBPROTOCOL, type FromBrowserType, type SessionAction } from '#protocol'
import { BAD_TOKENS, startGateWorld, type Act, type GateWorld, type Name } from '../../support/gate-world.ts'

let world: GateWorld
beforeAll(async () => {
  world = await startGateWorld()
})
afterAll(() => world.stop())

type Row = Omit<Act, 'prepare' | 'name'> & { what?: string; data?: (world: GateWorld, session_id: string) => object | Promise<object>; channel?: (world: GateWorld, session_id: string) => string }
const command = (name: string, right: SessionAction, more: Partial<Row> & { args?: (world: GateWorld, session_id: string) => object | Promise<object> } = {}): Row => ({
  ...{ what: name, right, ...more },
  data: async (world, session_id) => ({ session_id, command: name, ...(more.args ? { args: await more.args(world, session_id) } : {}) }),
})
const queued = (action: string, right: SessionAction, of: Name, more: object = {}): Row => ({
  ...{ what: `${action} what is of the ${of}`, right, of, session: 'busy', ...(action === 'send_now' && { ends: true as const }) },
  data: async (world, session_id) => ({ session_id, message_id: await world.queuedOf(session_id, of), action, ...more }),
})
const answered = (what: string, more: { scope?: string; [name: string]: unknown }): Row => ({
  ...{ what, right: 'answer', session: 'asking', ...(more.scope === 'session' && { ends: true as const }) },
  data: async (world, session_id) => ({ session_id, request_id: await world.openRequestOf(session_id), ...more }),
})

/** Null: decided by something else than a session, see below. */
const ROWS: { [T in FromBrowserType]: Row[] | null } = {
  auth: null,
  ping: null,
  create_session: null,
  unsubscribe: null,
  leave_collaboration: null,
  subscribe: [
    { right: 'read', channel: (_, id) => `session:${id}` },
    { what: 'a task', right: 'read', session: 'busy', channel: (world, id) => `task:${world.executionOf(id)}` },
  ],
  join_collaboration: [{ right: 'read', data: (_, session_id) => ({ session_id }) }],
  claude_message: [
    { right: 'prompt', session: 'busy', data: (_, session_id) => ({ session_id, content: 'next' }) },
    { what: 'steer', right: 'steer', session: 'busy', ends: true, data: (_, session_id) => ({ session_id, content: 'aside', mode: 'steer' }) },
    { what: 'with a file of the session', right: 'prompt', session: 'busy', data: async (world, session_id) => ({ session_id, content: 'look', attachments: [await world.fileOf(session_id, 'owner')] }) },
  ],
  command: [
    command('interrupt', 'interrupt', { session: 'busy', ends: true, args: (world, id) => ({ execution_id: world.executionOf(id) }) }),
    command('hold', 'continue', { session: 'busy' }),
    command('continue', 'continue', {
      session: 'busy',
      async data(world, session_id) {
        await world.clients.owner.ask('command', { session_id, command: 'hold' })
        return { session_id, command: 'continue' }
      },
    }),
    command('clear', 'clear', { session: 'worked' }),
    command('compact', 'compact', { session: 'worked' }),
    command('rewind', 'rewind', { session: 'worked', args: async (world, id) => ({ message_id: await world.lastPromptOf(id), content: 'work' }) }),
    command('set_model', 'set_model', { args: () => ({ model: 'opus' }) }),
    command('set_permission_mode', 'set_mode', { args: () => ({ permission_mode: 'plan' }) }),
    command('set_permission_mode', 'set_open_mode', { what: 'set_permission_mode bypassPermissions', args: () => ({ permission_mode: 'bypassPermissions' }) }),
    command('set_visibility', 'set_visibility', { args: () => ({ visibility: 'workspace' }) }),
    command('rename', 'rename', { args: () => ({ title: 'Mine' }) }),
    command('fork', 'fork', { session: 'worked', args: () => ({}) }),
    command('stop_process', 'stop_process', { session: 'worked' }),
    command('note', 'note', { args: () => ({ content: 'hi' }) }),
  ],
  permission_response: [
    answered('allow', { behavior: 'allow', scope: 'once' }),
    answered('deny', { behavior: 'deny', message: 'no' }),
    answered('for the session', { behavior: 'allow', scope: 'session' }),
    answered('an edited input', { behavior: 'allow', updated_input: { command: 'mkdir other' } }),
  ],
  queue_update: [
    queued('move', 'queue_move', 'owner'),
    queued('edit', 'queue_edit', 'owner', { content: 'better' }),
    queued('edit', 'queue_edit', 'collaborator', { content: 'better' }),
    queued('cancel', 'queue_cancel', 'owner'),
    queued('cancel', 'queue_cancel', 'collaborator'),
    queued('send_now', 'queue_send_now', 'owner'),
    queued('send_now', 'queue_send_now', 'collaborator'),
  ],
  invite_user: [{ right: 'invite', data: (world, session_id) => ({ session_id, target_user_id: world.idOf('stranger'), role: 'viewer' }) }],
  remove_user: [{ right: 'remove', data: (world, session_id) => ({ session_id, target_user_id: world.idOf('admin') }) }],
  set_role: [{ right: 'set_role', data: (world, session_id) => ({ session_id, target_user_id: world.idOf('collaborator'), role: 'owner' }) }],
  cursor_update: [{ right: 'type', data: (_, session_id) => ({ session_id, position: { line: 1, column: 1 } }) }],
  typing: [{ right: 'type', data: (_, session_id) => ({ session_id }) }],
  file_upload: [{ right: 'upload', data: (_, session_id) => ({ session_id, filename: 'b.txt', content_type: 'text/plain', size: 2, data: 'aGk=' }) }],
  upload_start: [{ right: 'upload', data: (_, session_id) => ({ session_id, file_id: crypto.randomUUID(), filename: 'c.txt', content_type: '', size: 4, total_chunks: 2 }) }],
  upload_chunk: null,
  share_file: [
    { what: 'out of it', right: 'share_file', data: async (world, session_id) => ({ file_id: await world.fileOf(session_id, 'owner'), target_session_id: await world.openToAll() }) },
    { what: 'into it', right: 'share_file', data: async (world, target_session_id) => ({ file_id: await world.fileOf(await world.openToAll(), 'owner'), target_session_id }) },
  ],
  delete_file: [
    { what: 'of the owner', right: 'delete_file', of: 'owner', data: async (world, session_id) => ({ file_id: await world.fileOf(session_id, 'owner') }) },
    { what: 'of the collaborator', right: 'delete_file', of: 'collaborator', data: async (world, session_id) => ({ file_id: await world.fileOf(session_id, 'collaborator') }) },
  ],
}
const acts: Act[] = Object.entries(ROWS).flatMap(([type, rows]) =>
  (rows ?? []).map(({ what, data, channel, ...row }) => ({
    ...row,
    name: what ? `${type}: ${what}` : type,
    prepare: async (in_: GateWorld, id: string) => ({ via: 'socket' as const, type, data: (await data?.(in_, id)) ?? {}, channel: channel?.(in_, id) }),
  })),
)

test('every type of the contract has its row here, and every command of the contract its own', () => {
  expect(Object.keys(ROWS).sort()).toEqual(Object.keys(FROM_BROWSER).sort())
  const commands = FROM_BROWSER.command._zod.def.options.map((option) => option.shape.command._zod.def.values[0]!)
  expect([...new Set([...ROWS.command!.map(({ what }) => what!.split(' ')[0]!), 'trust'])].sort()).toEqual([...commands].sort())
})

describe('in a session', () => {
  for (const act of acts) test(act.name, () => world.judge(act), 60_000)
})

describe('in a workspace', () => {
  test('"always" and trust are for its owner, who is an admin in the default one', async () => {
    const { id } = await world.relay.relay.workspaces.standard()
    const { body } = await world.ask('owner', 'GET', `/workspaces/${id}/trust`)
    const { session_id } = await world.clients.owner.ask('create_session', {})
    const trust = { via: 'socket' as const, type: 'command', data: { session_id, command: 'trust', args: { trusted: true, hash: body.hash } } }
    for (const name of ['owner', 'collaborator', 'globalViewer'] as const) expect([name, await world.perform(name, trust)]).toEqual([name, 'FORBIDDEN'])
    expect(await world.perform('admin', trust)).toBe('ok')
  })

  test('a viewer of the relay creates no session and begins none by a prompt', async () => {
    for (const [type, data] of [['create_session', {}], ['claude_message', { content: 'hi' }]] as const) {
      expect([type, await world.perform('globalViewer', { via: 'socket', type, data })]).toEqual([type, 'FORBIDDEN'])
    }
    expect(await world.perform('stranger', { via: 'socket', type: 'create_session', data: {} })).toBe('ok')
  })

  test('`system` is for admins; the channel of another person for nobody', async () => {
    const of = (channel: string) => ({ via: 'socket' as const, type: 'subscribe', data: {}, channel })
    expect([await world.perform('owner', of('system')), await world.perform('admin', of('system'))]).toEqual(['FORBIDDEN', 'ok'])
    expect(await world.perform('admin', of(`user:${world.idOf('owner')}`))).toBe('NOT_FOUND')
  })
})

describe('without a token that counts', () => {
  const open = (token: string | null) => {
    const socket = new WebSocket(`${world.relay.url.replace('http', 'ws')}/ws`, [SUBPROTOCOL])
    const frames: { id?: string; type: string; data: { code?: string } }[] = []
    let look = () => {}
    socket.onmessage = ({ data }) => {
      frames.push(...[JSON.parse(String(data))].flat())
      look()
    }
    const opened = new Promise<void>((resolve) => (socket.onopen = () => resolve()))
    return {
      async ask(message: object): Promise<string | undefined> {
        await opened
        const id = crypto.randomUUID()
        socket.send(JSON.stringify({ ...message, id }))
        const found = () => frames.find((frame) => frame.id === id)
        while (!found()) await new Promise<void>((resolve) => (look = resolve))
        return found()!.data.code ?? found()!.type
      },
      token,
      close: () => socket.close(),
    }
  }

  for (const kind of ['none', ...BAD_TOKENS]) {
    test(`a token that is ${kind}: every type is UNAUTHORIZED, and nothing is changed`, async () => {
      const session_id = await world.session()
      const socket = open(kind === 'none' ? null : world.tokens[kind]!)
      if (socket.token !== null) expect(await socket.ask({ type: 'auth', data: { token: socket.token } })).toBe('UNAUTHORIZED')
      const outcomes: Record<string, string | undefined> = {}
      const asked: [type: string, data: object | undefined][] = []
      for (const [type, rows] of Object.entries(ROWS)) {
        if (type === 'auth' || type === 'ping') continue
        const idle = rows?.find((row) => !row.session)
        const data = idle ? await idle.data?.(world, session_id) : type === 'claude_message' ? { session_id, content: 'hi' } : { session_id, request_id: 'r', behavior: 'allow', message_id: 'm', action: 'cancel', file_id: 'f', chunk_index: 0, data: 'aGk=', is_last: true }
        asked.push([type, data])
      }
      const before = await world.state(session_id)
      for (const [type, data] of asked) outcomes[type] = await socket.ask({ type, data: data ?? {}, channel: `session:${session_id}` })
      expect(outcomes).toEqual(Object.fromEntries(Object.keys(outcomes).map((type) => [type, 'UNAUTHORIZED'])))
      expect(Object.keys(outcomes).length).toBe(Object.keys(FROM_BROWSER).length - 2)
      expect(await world.state(session_id)).toEqual(before)
      socket.close()
    })
  }
})
