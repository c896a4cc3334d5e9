// What people see of a restart: the browser that stayed open, and one that comes later, show the same, and nothing seems to run that does not.
import { expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { summariseRunning } from '../../src/timeline/running-summary.ts'
import { createRowSelector } from '../../src/timeline/select-rows.ts'
import { until } from '../src/stores/test-browser.ts'
import { eventually } from '../support/eventually.ts'
import { createFaultProxy } from '../support/fault-proxy.ts'
import { createSessionDock } from '../../src/views/session/session-dock.ts'
import { openPerson } from './reconnect-browser.ts'
import { createRelayOnDisk } from './relay-on-disk.ts'

test('a question allowed after kill -9: its turn goes on under one quiet row, and the panel comes to rest', async () => {
  const proxy = await createFaultProxy()
  const disk = createRelayOnDisk({ settings: { PUBLIC_URL: proxy.origin } })
  const closes: (() => void)[] = []
  try {
    const path = join(disk.home.workspace, 'counted.txt')
    const call = { command: `printf x >> ${path}`, description: 'Count' }
    disk.api.when('count once').use('Bash', call).say('never said')
    disk.api.when('has now allowed it').use('Bash', call).say('counted at last')

    const first = await disk.start()
    proxy.aim(first.port)
    const person = await openPerson({ origin: proxy.origin, hash: `#code=${first.code}` })
    closes.push(person.browser.close)
    const made = await person.sessions.create({ title: 'Restart' })
    if (!made.ok) throw new Error(made.trouble.message)
    const session = person.session(made.data.session_id)
    await session.open()
    await until(() => session.isCurrent, 'there')
    session.prompt({ content: 'count once' })
    await until(() => session.timeline.waiting.length === 1, 'the question')
    await eventually('the question is in the conversation that Claude keeps', () => disk.wroteDown('printf x >>'))
    session.prompt({ content: 'and then' })
    await until(() => session.queue?.items.length === 1, 'one that waits')
    proxy.reset()
    await first.killHard()

    const second = await disk.start()
    proxy.aim(second.port)
    await until(() => session.isCurrent && summariseRunning(session.timeline).execution?.status === 'interrupted', 'the end of the turn')
    const [request_id] = session.timeline.waiting
    const answered = await session.answer(request_id!, { behavior: 'allow' })
    expect(answered.ok).toBe(true)
    const last = () => session.timeline.items.at(-1)
    await until(() => summariseRunning(session.timeline).state === 'done', 'the end of the turn that goes on')
    expect(last()).toMatchObject({ kind: 'turn', parts: [{ kind: 'tool', state: 'done' }, { kind: 'text', text: 'counted at last' }, { kind: 'outcome', status: 'completed' }] })
    expect(readFileSync(path, 'utf8')).toBe('x')
    // The other prompt is held: it runs nothing, and nothing says that it does.
    expect(session.queue?.held_by).toEqual({ reason: 'crash' })
    expect([session.timeline.runningId, session.row?.state]).toEqual([null, 'held'])
    const rows = createRowSelector({ dayOf: () => 'today' }).select(session.timeline, { choices: new Map(), unreadAfterSeq: null, outbox: [] })
    const relayed = rows.filter((row) => row.kind === 'relayed')
    expect(relayed).toMatchObject([{ item: { author: { name: person.account.user!.name } } }])
    expect(rows.map((row) => row.kind)).toEqual(['day', 'prompt', 'turn', 'ask', 'tool', 'outcome', 'relayed', 'turn', 'tool', 'text', 'outcome'])
    // Arrow up takes back what one has written oneself.
    await session.queueCancel(session.queue!.items[0]!.message_id)
    await until(() => session.queue?.items.length === 0, 'an empty queue')
    createSessionDock(session).editLast(person.account.user!.id)
    expect(session.draft).toBe('count once')

    const { storage, cookies } = person.browser
    const later = await openPerson({ origin: proxy.origin, storage, cookies })
    closes.push(later.browser.close)
    const same = later.session(made.data.session_id)
    await same.open()
    await until(() => same.isCurrent, 'there again')
    expect(summariseRunning(same.timeline)).toEqual(summariseRunning(session.timeline))
  } finally {
    for (const close of closes) close()
    await disk.stop()
    proxy.stop()
  }
}, 60_000)
