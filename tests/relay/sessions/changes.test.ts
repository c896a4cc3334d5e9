// Changes of a session: what is told to whom, and in which order the answer comes.
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import type { SessionPatch } from '#protocol'
import type { Asked } from '../../../relay/answers/answers.ts'
import type { Identity } from '../../../relay/auth/auth.ts'
import { eventually } from '../../support/eventually.ts'
import { outcomeOf } from '../auth/auth-rig.ts'
import { type SessionsRig, sessionsRig } from './sessions-rig.ts'

let rig: SessionsRig
let owner: Identity
let friend: Identity
beforeAll(async () => {
  rig = await sessionsRig()
  owner = await rig.person('owner')
  friend = await rig.person('friend')
})
afterAll(() => rig.end())

const workspaceChannel = () => `workspace:${rig.workspace.id}`
const topOf = (channel: string) => rig.events.top(channel)

describe('beginning', () => {
  test('the owner\'s list and, when visible, the workspace hear of it; then its own channel begins', async () => {
    const mark = await topOf(workspaceChannel())
    const own = await topOf(`user:${owner.userId}`)
    const id = await rig.begin(owner, { title: '  첫 세션 ', model: 'claude-opus-4', permission_mode: 'plan', system_prompt: 'be brief' })
    expect(await rig.sessions.get(id)).toMatchObject({
      title: '첫 세션',
      titleSource: 'person',
      ownerId: owner.userId,
      model: 'claude-opus-4',
      permissionMode: 'plan',
      systemPrompt: 'be brief',
      state: 'idle',
      workspaceId: rig.workspace.id,
    })
    const told = [{ type: 'session_created', data: { session_id: id, title: '첫 세션' } }, { type: 'session', data: { session_id: id, permission_mode: 'plan' } }]
    expect(await rig.log(`user:${owner.userId}`, own)).toMatchObject(told)
    expect(await rig.log(workspaceChannel(), mark)).toMatchObject(told)
    expect(await rig.log(`session:${id}`)).toMatchObject([
      { seq: 1, type: 'session' },
      { seq: 2, type: 'participant_joined', data: { user_id: owner.userId, role: 'owner', hue: 0 } },
    ])
  })

  test('a private one is told to its owner alone', async () => {
    const mark = await topOf(workspaceChannel())
    await rig.begin(owner, { visibility: 'private' })
    expect(await topOf(workspaceChannel())).toBe(mark)
  })

  test('the answer comes before the first event of its commit (F6)', async () => {
    const order: string[] = []
    const socket = rig.server.connect('v1', (message) => void order.push(message.type))
    rig.channels.follow(socket, `user:${owner.userId}`)
    await rig.answers.once(owner, { id: 'begin-1', body: {} }, (answer) => void order.push(answer.outcome), (asked) => rig.sessions.create(asked, {}))
    expect(order).toEqual(['success', 'session_created', 'session'])
    rig.channels.forget(socket)
  })

  test('the same id begins one session (I2)', async () => {
    const before = (await rig.sessions.list(owner, {})).total
    const ids = await Promise.all(Array.from({ length: 20 }, () => rig.ask(owner, (asked) => rig.sessions.create(asked, {}), 'begin-2')))
    expect(new Set(ids.map(({ session_id }) => session_id)).size).toBe(1)
    expect((await rig.sessions.list(owner, {})).total).toBe(before + 1)
  })

  test('viewers of the relay and strangers to the workspace begin none; open modes need the relay\'s leave', async () => {
    const guest = await rig.person('guest', 'viewer')
    expect(await outcomeOf(rig.begin(guest))).toBe('FORBIDDEN')
    await rig.run("INSERT INTO workspaces (id, path, name, created_at) VALUES ('closed', '/closed', 'closed', 0)")
    expect(await outcomeOf(rig.begin(owner, { workspace_id: 'closed' }))).toBe('NOT_FOUND')
    expect(await outcomeOf(rig.begin(owner, { workspace_id: 'no-such' }))).toBe('NOT_FOUND')
    expect(await outcomeOf(rig.begin(owner, { permission_mode: 'bypassPermissions' }))).toBe('FORBIDDEN')
    const open = await sessionsRig({ allowBypass: true })
    const id = await open.begin(await open.person('owner'), { permission_mode: 'bypassPermissions' })
    expect(await open.sessions.get(id)).toMatchObject({ permissionMode: 'bypassPermissions' })
    await open.end()
  })
})

describe('changing', () => {
  test('a title reaches the session, the lists of its people and the workspace, each as an event of its own', async () => {
    const id = await rig.begin(owner)
    await rig.ask(friend, (asked) => rig.sessions.join(asked, id))
    const channels = [`session:${id}`, `user:${owner.userId}`, `user:${friend.userId}`, workspaceChannel()]
    const marks = await Promise.all(channels.map(topOf))
    await rig.ask(friend, (asked) => rig.sessions.rename(asked, id, '새 이름'))
    for (const [index, channel] of channels.entries()) {
      expect(await rig.log(channel, marks[index])).toMatchObject([{ type: 'session', data: { session_id: id, title: '새 이름', owner_name: 'owner', archived: false } }])
    }
  })

  test('what no list shows is told to nobody', async () => {
    const id = await rig.begin(owner)
    const mark = await topOf(`session:${id}`)
    const part = await rig.sessions.changing(id, { conversationId: 'c-1', held: { reason: 'person', by: owner.userId }, forkPending: null })
    expect(part.events).toEqual([])
    await rig.channels.publish(part)
    expect(await rig.sessions.get(id)).toMatchObject({ conversationId: 'c-1', held: { reason: 'person', by: owner.userId } })
    expect(await topOf(`session:${id}`)).toBe(mark)
    expect(await rig.sessions.changing(id, {})).toEqual({ statements: [], events: [] })
    expect((await rig.sessions.changing(id, { state: 'idle', title: '' })).events).toEqual([])
  })

  test('state and activity of a turn go into its own commit', async () => {
    const id = await rig.begin(owner)
    const activity = { tool: 'Bash', since: 5 }
    await rig.sessions.lane(id, async () => {
      const part = await rig.sessions.changing(id, { state: 'running', activity })
      await rig.channels.publish({ statements: part.statements, events: [{ channel: `session:${id}`, type: 'task', data: { session_id: id } }, ...part.events] })
    })
    expect(await rig.sessions.row(owner, id)).toMatchObject({ state: 'running', activity })
    expect((await rig.typesIn(`session:${id}`)).slice(-2)).toEqual(['task', 'session'])
  })

  test('changes of many at once end with an event that says what the row says', async () => {
    const id = await rig.begin(owner)
    const states = ['running', 'waiting', 'idle'] as const
    await Promise.all(
      Array.from({ length: 30 }, (_, n) =>
        n % 2 === 0
          ? rig.ask(owner, (asked) => rig.sessions.rename(asked, id, `title ${n}`))
          : rig.sessions.lane(id, async () => void (await rig.channels.publish(await rig.sessions.changing(id, { state: states[n % 3]!, activity: { since: n } })))),
      ),
    )
    const last = (await rig.log(`session:${id}`)).at(-1)!
    const { role: _role, unread: _unread, people: _people, ...row } = await rig.sessions.row(owner, id)
    expect(last.data).toEqual(row)
  })

  test('N4 a patch is done in one commit, or nothing of it; model and mode go to whoever runs the session', async () => {
    const id = await rig.begin(owner)
    await rig.ask(friend, (asked) => rig.sessions.join(asked, id))
    rig.asksOfRunner.length = 0
    const before = await topOf(`session:${id}`)
    // The last but one is a matter of roles, the last of the relay's settings.
    const refused: [Identity, SessionPatch][] = [
      [friend, { model: 'opus', visibility: 'private' }],
      [friend, { title: 'mine', model: 'opus', permission_mode: 'bypassPermissions' }],
      [owner, { title: 'mine', model: 'opus', permission_mode: 'bypassPermissions' }],
    ]
    for (const [who, patch] of refused) expect(await outcomeOf(rig.ask(who, (asked) => rig.sessions.patch(asked, id, patch)))).toBe('FORBIDDEN')
    expect(rig.asksOfRunner).toEqual([])
    expect(await topOf(`session:${id}`)).toBe(before)
    const patch = (asked: Asked) => rig.sessions.patch(asked, id, { model: 'opus', permission_mode: 'acceptEdits', title: 'both', archived: true, read_seq: 1 })
    await rig.ask(owner, patch, 'one-patch')
    await rig.ask(owner, patch, 'one-patch')
    expect(rig.asksOfRunner).toEqual([
      ['tryModel', id, 'opus'],
      ['modeChosen', id, 'acceptEdits'],
    ])
    expect((await rig.log(`session:${id}`, before)).map(({ type }) => type)).toEqual(['log', 'log', 'session'])
    expect(await rig.sessions.row(owner, id)).toMatchObject({ model: 'opus', permission_mode: 'acceptEdits', title: 'both', archived: true })
    expect((await rig.sessions.snapshot(owner, id)).read_seq).toBe(1)
  })

  test('a model that Claude took is taken back when the right was lost on the way', async () => {
    const id = await rig.begin(owner)
    await rig.ask(friend, (asked) => rig.sessions.join(asked, id))
    rig.asksOfRunner.length = 0
    const lane = Promise.withResolvers<void>()
    void rig.sessions.lane(id, () => lane.promise)
    const late = outcomeOf(rig.ask(friend, (asked) => rig.sessions.patch(asked, id, { model: 'opus' })))
    await eventually('Claude is asked', () => rig.asksOfRunner.length > 0)
    await rig.run("UPDATE participants SET role = 'viewer' WHERE session_id = ? AND user_id = ?", id, friend.userId)
    lane.resolve()
    expect(await late).toBe('FORBIDDEN')
    expect(rig.asksOfRunner).toEqual([['tryModel', id, 'opus'], ['takeBack', id]])
    expect((await rig.sessions.row(owner, id)).model).toBeFalsy()
  })

  test('becoming private is told to the workspace once more, and those outside lose it', async () => {
    const id = await rig.begin(owner)
    const inside = await rig.person('inside')
    await rig.ask(inside, (asked) => rig.sessions.join(asked, id))
    const mark = await topOf(workspaceChannel())
    rig.lost.length = 0
    await rig.ask(owner, (asked) => rig.sessions.setVisibility(asked, id, 'private'))
    expect(await rig.log(workspaceChannel(), mark)).toMatchObject([{ type: 'session', data: { session_id: id, visibility: 'private' } }])
    expect(rig.lost.length).toBe(1)
    expect(rig.lost[0]!.sessionId).toBe(id)
    expect(rig.lost[0]!.userIds).toContain(friend.userId)
    for (const who of [owner, inside]) expect(rig.lost[0]!.userIds).not.toContain(who.userId)
    expect(await rig.auth.standing(friend, id)).toBeNull()
    const after = await topOf(workspaceChannel())
    await rig.ask(owner, (asked) => rig.sessions.rename(asked, id, 'secret'))
    expect(await topOf(workspaceChannel())).toBe(after)
  })

  test('trust of the folder reaches those who look at its sessions', async () => {
    const id = await rig.begin(owner)
    const admin = await rig.person('admin', 'admin')
    const { hash } = await rig.workspaces.trustReport(admin, rig.workspace.id)
    await rig.ask(admin, (asked) => rig.workspaces.trust(asked, rig.workspace.id, { trusted: true, hash }))
    await rig.sessions.trustChanged(rig.workspace.id)
    expect((await rig.log(`session:${id}`)).at(-1)).toMatchObject({ type: 'session', data: { trusted: true } })
    expect((await rig.sessions.row(owner, id)).trusted).toBe(true)
    await rig.ask(admin, (asked) => rig.workspaces.trust(asked, rig.workspace.id, { trusted: false }))
    expect((await rig.sessions.row(owner, id)).trusted).toBe(false)
  })
})
