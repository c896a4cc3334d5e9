// Workspaces come and go under a running relay: which folders may be one, who is in it, and how soon that is felt.
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { existsSync, mkdirSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { eventually } from '../../support/eventually.ts'
import { startGateWorld, type GateWorld, type Name } from '../../support/gate-world.ts'
import { allowed, refused } from './odd-paths.ts'

let world: GateWorld
let root: string
beforeAll(async () => {
  world = await startGateWorld()
  root = realpathSync(world.relay.home.workspace)
})
afterAll(() => world.stop())

const add = (body: object, by: Name | 'admin' = 'admin') => world.ask(by, 'POST', '/workspaces', body)
/** A folder below the root that is a workspace of the admin. */
async function made(name: string): Promise<string> {
  const { status, body } = await add({ path: join(root, name), create: true })
  expect([name, status]).toEqual([name, 201])
  return body.id
}
const list = async (who: Name | 'admin') => (await world.ask(who, 'GET', '/workspaces')).body.workspaces as { id: string; name: string; path: string; owner: boolean }[]
const sees = async (who: Name | 'admin', id: string) => (await list(who)).some((each) => each.id === id)
const member = (method: 'PUT' | 'DELETE', id: string, name: Name, by: Name | 'admin' = 'admin') => world.ask(by, method, `/workspaces/${id}/members/${world.idOf(name)}`)
const rows = async () => (await world.storage.query<{ count: number }>('SELECT COUNT(*) AS count FROM workspaces WHERE removed_at IS NULL'))[0]!.count

describe('which folders', () => {
  test('K7: one that is there, one that is made, named by a person or by itself', async () => {
    mkdirSync(join(root, 'plain'))
    const { status, body } = await add({ path: join(root, 'plain') })
    expect(status).toBe(201)
    expect((await world.ask('admin', 'GET', `/workspaces/${body.id}`)).body).toMatchObject({ id: body.id, name: 'plain', path: join(root, 'plain'), owner: true, default: false, trusted: false })
    const named = await add({ path: join(root, 'plain', 'inner'), create: true, name: '  안쪽 \t 폴더 ' })
    expect((await world.ask('admin', 'GET', `/workspaces/${named.body.id}`)).body.name).toBe('안쪽   폴더')
    expect(existsSync(join(root, 'plain', 'inner'))).toBeTrue()
    const audit = await world.storage.query<{ detail: string }>("SELECT detail FROM audit WHERE action = 'workspace.add' ORDER BY id")
    expect(audit.map(({ detail }) => (JSON.parse(detail) as { path: string }).path)).toEqual([join(root, 'plain'), join(root, 'plain', 'inner')])
  })

  test('K7: the same folder is no workspace twice, whatever it is called', async () => {
    mkdirSync(join(root, 'once'))
    symlinkSync('once', join(root, 'again'))
    expect((await add({ path: join(root, 'once') })).status).toBe(201)
    for (const path of [join(root, 'once'), join(root, 'again'), root]) expect([path, (await add({ path })).body.code]).toEqual([path, 'CONFLICT'])
    const both = await Promise.all([add({ path: join(root, 'race'), create: true }), add({ path: join(root, 'race'), create: true })])
    expect(both.map(({ status }) => status).sort()).toEqual([201, 409])
  })

  test('K7: none outside of the roots, by no spelling and no link, and nothing is made there', async () => {
    const outer = world.relay.home.folder
    mkdirSync(join(outer, 'workspace-sibling', 'in'), { recursive: true })
    symlinkSync('..', join(root, 'up'))
    symlinkSync(join(outer, 'workspace-sibling'), join(root, 'sibling'))
    symlinkSync('/etc', join(root, 'etc'))
    symlinkSync('/proc/self/root', join(root, 'proc'))
    symlinkSync('loop', join(root, 'loop'))
    writeFileSync(join(root, 'file'), '')
    const before = await rows()
    const ways = [
      ...refused.flatMap((path) => [path, `${root}/${path}`, `${root}/plain/${path}`]).filter((path) => path !== `${root}/` && path !== `${root}/plain/`),
      outer, join(outer, 'workspace-sibling'), join(outer, 'workspace-sibling', 'in'), `${root}-sibling`, `${root}sibling`, '/etc', '/', '/proc/self/root', 'workspace', '~', `file://${root}`,
      ...['up', 'up/workspace-sibling', 'sibling', 'sibling/in', 'etc', 'etc/ssl', 'proc', 'proc/etc', 'loop', 'loop/a', 'file', 'file/a', 'missing/a', 'sibling/new', 'up/new', 'etc/new'].map((path) => join(root, path)),
    ]
    for (const path of ways) {
      for (const create of [false, true]) {
        const { status, body } = await add({ path, create })
        expect([path.slice(0, 80), create, status, body.code]).toEqual([path.slice(0, 80), create, expect.any(Number), expect.stringMatching(/^(VALIDATION|TOO_LARGE)$/)])
      }
    }
    expect(await rows()).toBe(before)
    for (const path of [join(outer, 'new'), join(outer, 'workspace-sibling', 'new'), '/etc/new']) expect([path, existsSync(path)]).toEqual([path, false])
  })

  test('K7: odd but honest names are folders like all others', async () => {
    for (const name of allowed.filter((each) => !each.includes('/') && !each.startsWith('.'))) {
      const { status, body } = await add({ path: `${root}/odd`, create: true }).then(() => add({ path: `${root}/odd/${name}`, create: true }))
      expect([name, status, body.code]).toEqual([name, 201, undefined])
    }
  })

  test('K7: neither the relay’s data, nor what lies in it, nor what holds it', async () => {
    // Here the data lies beside the root; a relay whose root holds both must keep them apart as well.
    const { createFolders } = await import('../../../relay/workspaces/choose-folder.ts')
    const { createInside } = await import('../../../relay/workspaces/inside.ts')
    const outer = realpathSync(world.relay.home.folder)
    const data = join(outer, 'data')
    const folders = createFolders({ roots: [outer], reserved: [data], inside: createInside() })
    symlinkSync('data', join(outer, 'to-data'))
    for (const path of [outer, data, join(data, 'files'), join(outer, 'to-data'), join(outer, 'to-data', 'new')]) {
      for (const create of [false, true]) expect(() => folders.choose(path, { create })).toThrow(/path: (the relay keeps its own data there|there is no such folder)/)
    }
    expect(existsSync(join(data, 'new'))).toBeFalse()
    expect(folders.choose(root, { create: false })).toBe(root)
    const listed = await folders.list(outer)
    expect(listed.folders.filter(({ usable }) => !usable).map(({ name }) => name)).toEqual(['data'])
  })

  test('bad bodies change nothing', async () => {
    const before = await rows()
    for (const body of [{}, { path: 5 }, { path: '' }, { path: null }, { path: [root] }, { path: join(root, 'x'), name: '\u200b' }, { path: join(root, 'x'), name: 'x'.repeat(101), create: true }, { path: join(root, 'x'), create: 'yes' }]) {
      expect([body, (await add(body)).status]).toEqual([body, 400])
    }
    expect(await rows()).toBe(before)
  })

  test('to choose from: the roots, then what lies below, no hidden folder, no link, no file', async () => {
    const { body: top } = await world.ask('admin', 'GET', '/workspaces/folders')
    expect(top).toEqual({ path: null, parent: null, truncated: false, folders: [{ name: root, path: root, usable: true }] })
    mkdirSync(join(root, 'choose', '.git'), { recursive: true })
    mkdirSync(join(root, 'choose', 'b'))
    mkdirSync(join(root, 'choose', '가'))
    symlinkSync('/etc', join(root, 'choose', 'etc'))
    const at = (path: string) => world.ask('admin', 'GET', `/workspaces/folders?path=${encodeURIComponent(path)}`)
    expect((await at(join(root, 'choose'))).body).toEqual({
      path: join(root, 'choose'),
      parent: root,
      truncated: false,
      folders: ['b', '가'].map((name) => ({ name, path: join(root, 'choose', name), usable: true })),
    })
    expect((await at(root)).body.parent).toBeNull()
    for (const path of ['/etc', '/', '..', join(root, 'choose', 'etc'), join(root, 'up'), `${root}/../data`, `${root}/choose/../..`, join(root, 'file'), join(root, 'none'), `${root}\0`]) {
      expect([path, (await at(path)).body.code]).toEqual([path, 'VALIDATION'])
    }
  })
})

describe('who', () => {
  test('K7: whoever added it owns it; the default one is the admins’, and has everybody', async () => {
    const { id } = await world.relay.relay.workspaces.standard()
    for (const who of ['stranger', 'owner', 'globalViewer'] as const) {
      expect([who, await sees(who, id)]).toEqual([who, true])
      expect([who, (await world.ask(who, 'PATCH', `/workspaces/${id}`, { name: 'mine' })).status]).toEqual([who, 403])
    }
    expect((await world.ask('admin', 'DELETE', `/workspaces/${id}`)).body).toMatchObject({ code: 'CONFLICT', details: { reason: 'default' } })
    expect((await member('PUT', id, 'stranger')).body.code).toBe('CONFLICT')
    expect((await member('DELETE', id, 'stranger')).body.code).toBe('CONFLICT')
    await world.ask('admin', 'PATCH', `/workspaces/${id}`, { name: 'Ours' })
    expect((await list('stranger')).find((each) => each.id === id)!.name).toBe('Ours')
  })

  test('members are listed for owners, the owner first, and nobody is a member twice', async () => {
    const id = await made('with-members')
    for (const name of ['viewer', 'collaborator', 'viewer'] as const) expect((await member('PUT', id, name)).status).toBe(200)
    const { body } = await world.ask('admin', 'GET', `/workspaces/${id}/members`)
    expect(body.members.map(({ name, owner }: { name: string; owner: boolean }) => [name, owner])).toEqual([['admin', true], ['collaborator', false], ['viewer', false]])
    for (const user of ['u-none', world.idOf('stranger'), world.idOf('admin')]) expect((await world.ask('admin', 'DELETE', `/workspaces/${id}/members/${user}`)).status).toBe(404)
    expect((await world.ask('admin', 'PUT', `/workspaces/${id}/members/u-none`)).status).toBe(404)
    expect((await member('DELETE', id, 'viewer')).status).toBe(200)
    const actions = await world.storage.query<{ action: string }>("SELECT action FROM audit WHERE action LIKE 'workspace.%member' AND detail LIKE ? ORDER BY id", [`%${id}%`])
    expect(actions.map(({ action }) => action)).toEqual(['workspace.add_member', 'workspace.add_member', 'workspace.add_member', 'workspace.remove_member'])
  })

  test('K9: a member is told, is let in, begins a session there, is told again, and is out at once', async () => {
    const id = await made('in-and-out')
    const { stranger, admin } = world.clients
    await stranger.subscribe(`user:${world.idOf('stranger')}`)
    expect((await stranger.request('subscribe', {}, { channel: `workspace:${id}` })).ok).toBeFalse()
    const { session_id: theirs } = await admin.ask('create_session', { workspace_id: id, title: 'Theirs' })
    await member('PUT', id, 'stranger')
    await stranger.until(({ type, channel, data }) => type === 'workspace' && channel === `user:${world.idOf('stranger')}` && data.workspace_id === id, 'the workspace')
    await stranger.subscribe(`workspace:${id}`)
    await stranger.subscribe(`session:${theirs}`)
    const { session_id: own } = await stranger.ask('create_session', { workspace_id: id, title: 'Own' })
    await member('DELETE', id, 'stranger')
    for (const channel of [`workspace:${id}`, `session:${theirs}`]) await stranger.until(({ type, data }) => type === 'error' && data.details?.channel === channel, `no more of ${channel}`)
    expect(await sees('stranger', id)).toBeFalse()
    expect((await world.ask('stranger', 'GET', `/claude/sessions/${theirs}`)).status).toBe(404)
    expect((await world.ask('stranger', 'GET', `/claude/sessions/${own}`)).status).toBe(200)
  })

  test('K9: a new name, and a new workspace to the admins, are told', async () => {
    const { admin, collaborator } = world.clients
    await admin.subscribe(`user:${world.idOf('admin')}`)
    const id = await made('renamed')
    await admin.until(({ type, channel, data }) => type === 'workspace' && channel!.startsWith('user:') && data.workspace_id === id, 'the new one')
    await member('PUT', id, 'collaborator')
    await collaborator.subscribe(`workspace:${id}`)
    expect((await world.ask('admin', 'PATCH', `/workspaces/${id}`, { name: 'Better' })).status).toBe(200)
    await collaborator.until(({ type, channel }) => type === 'workspace' && channel === `workspace:${id}`, 'the new name')
    expect((await list('collaborator')).find((each) => each.id === id)!.name).toBe('Better')
    for (const name of ['', ' ', '\u200b', 'x'.repeat(101), null, 5]) expect([name, (await world.ask('admin', 'PATCH', `/workspaces/${id}`, { name })).status]).toEqual([name, 400])
  })
})

describe('removing', () => {
  test('K8: who only saw it through the workspace is out; who is in a session reads on and prompts no more; the files stay', async () => {
    const id = await made('to-go')
    const { owner, collaborator } = world.clients
    for (const name of ['owner', 'collaborator'] as const) await member('PUT', id, name)
    const { session_id } = await owner.ask('create_session', { workspace_id: id, title: 'There' })
    await collaborator.subscribe(`session:${session_id}`)
    await owner.subscribe(`session:${session_id}`)
    expect((await world.ask('admin', 'DELETE', `/workspaces/${id}`)).status).toBe(200)
    await collaborator.until(({ type, data }) => type === 'error' && data.details?.channel === `session:${session_id}`, 'the end')
    expect((await world.ask('collaborator', 'GET', `/claude/sessions/${session_id}`)).status).toBe(404)
    expect((await world.ask('owner', 'GET', `/claude/sessions/${session_id}/state`)).status).toBe(200)
    expect(existsSync(join(root, 'to-go'))).toBeTrue()
    for (const who of ['owner', 'admin'] as const) expect([who, await sees(who, id)]).toEqual([who, false])
    for (const [method, path] of [['GET', ''], ['PATCH', ''], ['DELETE', ''], ['GET', '/members'], ['GET', '/tree'], ['GET', '/trust']] as const) {
      expect([method, path, (await world.ask('admin', method, `/workspaces/${id}${path}`, method === 'PATCH' ? { name: 'x' } : undefined)).status]).toEqual([method, path, 404])
    }
    expect((await owner.request('create_session', { workspace_id: id })).ok).toBeFalse()
    await owner.ask('claude_message', { session_id, content: 'hi' })
    const { data } = await owner.until(({ type, channel, data: { status } }) => type === 'task' && channel === `session:${session_id}` && status === 'failed', 'the turn that fails')
    expect(data.error.code).toBe('GONE')
  })

  test('K8: what runs in it ends', async () => {
    const id = await made('at-work')
    await member('PUT', id, 'owner')
    const session_id = await world.busy(id)
    await eventually('it runs', async () => (await world.ask('owner', 'GET', `/claude/sessions/${session_id}`)).body.state === 'running')
    await world.ask('admin', 'DELETE', `/workspaces/${id}`)
    await eventually('it ends', async () => {
      const { body } = await world.ask('owner', 'GET', `/claude/sessions/${session_id}/state`)
      return body.session.state !== 'running' && body.queue.items.length === 0
    })
    await eventually('its process is gone', () => world.relay.relay.claude.stats().processes.every(({ sessionId }) => sessionId !== session_id))
  })

  test('K8: added again it has its sessions again, and nobody of before', async () => {
    const id = await made('comes-back')
    await member('PUT', id, 'owner')
    const { session_id } = await world.clients.owner.ask('create_session', { workspace_id: id, title: 'Old' })
    await world.ask('admin', 'DELETE', `/workspaces/${id}`)
    const { body } = await add({ path: join(root, 'comes-back'), name: 'Again' })
    expect(body.id).toBe(id)
    expect((await world.ask('admin', 'GET', `/workspaces/${id}/members`)).body.members.map(({ name }: { name: string }) => name)).toEqual(['admin'])
    expect(await sees('owner', id)).toBeFalse()
    expect((await world.ask('owner', 'GET', `/claude/sessions/${session_id}`)).status).toBe(200)
    rmSync(join(root, 'comes-back'), { recursive: true })
  })
})
