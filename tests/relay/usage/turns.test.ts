// What turns of the real CLI used: each its own cost though the process counts on, by model, also when it was stopped; and the budget that stops the next.
import { afterAll, expect, test } from 'bun:test'
import { createGate } from '../../../relay/demo/script.ts'
import { eventually } from '../../support/eventually.ts'
import { startExecutions, type Person, type Rig } from '../../support/start-executions.ts'

type Row = { execution_id: string; session_id: string; user_id: string | null; username: string | null; model: string; turns: number; input_tokens: number; output_tokens: number; cost_micros: number; duration_ms: number | null; workspace_id: string; source: string }

const rigs: Rig[] = []
afterAll(async () => {
  for (const rig of rigs.splice(0)) await rig.stop()
})
async function start(...options: Parameters<typeof startExecutions>) {
  const rig = await startExecutions(...options)
  rigs.push(rig)
  return rig
}
const rig = await start()
const ada = await rig.person('Ada')
const grace = await rig.person('Grace')
const admin = await rig.person('Minji', 'admin')
const ofSession = (id: string, at: Rig = rig) => at.rows<Row>('SELECT * FROM usage WHERE session_id = ? ORDER BY at, entry', [id])
const asked = (who: Person) => ({ who, answering: () => ({ committed: () => undefined }) })
const limit = (who: Person, micros: number | null) => rig.usage.budgets.set(asked(admin), who.userId, { limit_micros: micros })
async function turn(who: Person, content: string, session_id?: string) {
  const prompted = await who.prompt(content, session_id ? { session_id } : {})
  const heard = await rig.session(prompted.session_id)
  const task = await heard.until(({ type, data }) => type === 'task' && data.execution_id === prompted.execution_id && data.ended_at !== undefined, 'the end')
  return { ...prompted, heard, status: task.data.status }
}

test('G1 two turns of one process are told apart: the running total of the process is no turn’s cost', async () => {
  rig.when('short').say('Yes.')
  rig.when('long').say('A much longer answer, of which every word costs something. '.repeat(12))
  const first = await turn(ada, 'short')
  await turn(grace, 'long', first.session_id)
  const [one, two] = await ofSession(first.session_id)
  expect(one).toMatchObject({ execution_id: first.execution_id, user_id: ada.userId, username: 'Ada', turns: 1, source: 'relay' })
  expect(two).toMatchObject({ user_id: grace.userId, turns: 1 })
  // By the CLI's own prices: 4 and 20 dollars for a million.
  for (const each of [one!, two!]) expect(each.cost_micros).toBe(each.input_tokens * 4 + each.output_tokens * 20)
  expect(two!.output_tokens).toBeGreaterThan(one!.output_tokens * 10)
  expect((await rig.usage.report(ada, {})).total).toMatchObject({ turns: 1, cost_micros: one!.cost_micros, output_tokens: one!.output_tokens })
})

test('G1 each model of a turn has its own row', async () => {
  rig.when('delegate this').use('Agent', { description: 'Look', prompt: 'look around there', subagent_type: 'general-purpose', model: 'haiku' }).say('It is looking.')
  rig.when('look around there').say('Nothing there.')
  const { session_id, heard } = await turn(ada, 'delegate this')
  await heard.until(({ type, data }) => type === 'task' && data.origin === 'background' && data.status === 'completed', 'the turn that tells of it')
  const rows = await ofSession(session_id)
  expect([...new Set(rows.map(({ model }) => model))].sort()).toEqual([expect.stringContaining('haiku'), expect.stringContaining('opus')])
  expect(rows.reduce((all, { turns }) => all + turns, 0)).toBe(2)
})

test('G1 a turn that Claude begins by itself is of whoever prompted last: no budget is walked around by work in the background', async () => {
  rig.when('look by yourself').use('Agent', { description: 'Look', prompt: 'look everywhere', subagent_type: 'general-purpose' }).say('It is looking.')
  rig.when('look everywhere').say('Nothing anywhere.')
  const first = await turn(grace, 'short')
  const { heard } = await turn(ada, 'look by yourself', first.session_id)
  const { data: own } = await heard.until(({ type, data }) => type === 'task' && data.origin === 'background' && data.status === 'completed', 'the turn that tells of it')
  expect(own.user_id).toBeUndefined()
  const rows = (await ofSession(first.session_id)).filter(({ execution_id }) => execution_id === own.execution_id)
  expect(rows.map(({ user_id, username }) => [user_id, username])).toEqual([[ada.userId, 'Ada']])
})

test('G1 a turn that was stopped counts too, and so does a compact', async () => {
  const gate = createGate()
  rig.when('stop me').say('Words before the stop. ').hold(gate).say('Never said.')
  const { session_id } = await turn(ada, 'short')
  const stopped = await ada.prompt('stop me', { session_id })
  const heard = await rig.session(session_id)
  await gate.reached
  await ada.command({ command: 'interrupt', session_id, args: { execution_id: stopped.execution_id } })
  await heard.task('interrupted', stopped.execution_id)
  gate.open()
  const { execution_id } = await ada.command({ command: 'compact', session_id, args: {} })
  await heard.task('completed', execution_id)
  const rows = await ofSession(session_id)
  expect(rows.map((each) => each.execution_id)).toContain(stopped.execution_id)
  const compacted = rows.find((each) => each.execution_id === execution_id)
  expect([compacted?.user_id, (compacted?.cost_micros ?? 0) > 0]).toEqual([ada.userId, true])
})

test('G1 a turn whose process dies without a result counts with what the API had told by then; the next one counts for itself', async () => {
  const who = await rig.person('Lost')
  const gate = createGate()
  rig.when('work until you drop').use('Bash', { command: 'true' }).then().say('Words before the end. ').hold(gate).say('Never said.')
  const first = await turn(who, 'short')
  const lost = await who.prompt('work until you drop', { session_id: first.session_id })
  await gate.reached
  const before = (await rig.usage.report(who, {})).total
  process.kill(rig.claude.stats().processes.find((each) => each.sessionId === first.session_id)!.pid!, 'SIGKILL')
  expect(await first.heard.task('interrupted', lost.execution_id)).toMatchObject({ reason: 'process_died' })
  gate.open()
  const [row, ...others] = (await ofSession(first.session_id)).filter((each) => each.execution_id === lost.execution_id)
  expect([row, others]).toMatchObject([{ user_id: who.userId, username: 'Lost', turns: 1, duration_ms: null, source: 'relay' }, []])
  // Two answers had begun, the first of them was told to its end.
  expect(row!.input_tokens).toBeGreaterThan(0)
  expect(row!.output_tokens).toBeGreaterThan(0)
  expect(row!.cost_micros).toBe(row!.input_tokens * 4 + row!.output_tokens * 20)
  expect((await rig.usage.report(who, {})).total).toMatchObject({ turns: before.turns + 1, cost_micros: before.cost_micros + row!.cost_micros })
  const after = await turn(who, 'short', first.session_id)
  expect((await ofSession(first.session_id)).filter((each) => each.execution_id === after.execution_id).map(({ turns, duration_ms }) => [turns, duration_ms === null])).toEqual([[1, false]])
})

test('G1 a resumed conversation begins to count anew, and its past is not counted twice; the transcripts of both are the relay’s own', async () => {
  const before = await start()
  before.when(/./s).say('Good.')
  const person = await before.person('Ada')
  const first = await person.prompt('one')
  await (await before.session(first.session_id)).task('completed', first.execution_id)
  await before.stop({ keep: true })
  rigs.splice(rigs.indexOf(before), 1)
  const after = await start({ after: { data: before.data, folder: before.folder, home: before.home, api: before.api } })
  const again = await after.person('Ada')
  const second = await again.prompt('two', { session_id: first.session_id })
  await (await after.session(first.session_id)).task('completed', second.execution_id)
  while (await after.usage.scan());
  const rows = await ofSession(first.session_id, after)
  expect(rows.map(({ execution_id, turns }) => [execution_id, turns])).toEqual([[first.execution_id, 1], [second.execution_id, 1]])
  for (const each of rows) expect(each.cost_micros).toBe(each.input_tokens * 4 + each.output_tokens * 20)
  expect(await after.rows("SELECT entry FROM usage WHERE source = 'terminal'")).toEqual([])
  expect((await after.rows('SELECT entry FROM own_answers')).length).toBeGreaterThan(1)
}, 60_000)

test('G2 who has spent the day is refused before a turn begins, by prompt, steer, compact and rewind; what runs goes on', async () => {
  const who = await rig.person('Spender')
  const gate = createGate()
  rig.when('a long run').hold(gate).say('Done with it.')
  const { session_id, heard, message_id } = await turn(who, 'short')
  const running = await who.prompt('a long run', { session_id })
  await gate.reached
  await limit(who, 50)
  for (const ask of [() => who.prompt('short'), () => who.prompt('short', { session_id }), () => who.prompt('and that', { session_id, mode: 'steer' })]) {
    const refused = await who.refused(ask())
    expect([refused?.code, Object.keys(refused?.options.details as object)]).toEqual(['BUDGET', ['limit_micros', 'spent_micros', 'resets_at']])
  }
  gate.open()
  await heard.task('completed', running.execution_id)
  expect(await who.refused(who.command({ command: 'compact', session_id, args: {} }))).toMatchObject({ code: 'BUDGET' })
  expect(await who.refused(who.command({ command: 'rewind', session_id, args: { message_id, content: 'short' } }))).toMatchObject({ code: 'BUDGET' })
  expect(await rig.rows('SELECT id FROM sessions WHERE owner_id = ?', [who.userId])).toHaveLength(1)
  await limit(who, null)
  expect((await turn(who, 'short', session_id)).status).toBe('completed')
})

test('G2 who has spent the day says yes or no to Claude, or chooses what it offers, and nothing else: not by a reason, an answer of their own or another input', async () => {
  const who = await rig.person('Talker')
  const question = { questions: [{ question: 'Tabs?', header: 'Tabs', options: [{ label: 'Yes', description: '' }, { label: 'No', description: '' }], multiSelect: false }] }
  rig.when('ask me a lot').use('Bash', { command: 'touch one' }).then().use('AskUserQuestion', question).then().use('Bash', { command: 'touch two' }).say('Asked enough.')
  const { session_id, execution_id } = await who.prompt('ask me a lot')
  const heard = await rig.session(session_id)
  const ids = async (nth: number) => ({ session_id, request_id: (await heard.asked(nth)).request_id as string })
  const spent = (response: Parameters<Person['answer']>[0]) => who.refused(who.answer(response))
  const first = await ids(1)
  await limit(who, 0)
  expect(await spent({ ...first, behavior: 'deny', message: 'Write a novel instead' })).toMatchObject({ code: 'BUDGET' })
  expect(await spent({ ...first, behavior: 'allow', updated_input: { command: 'echo write a novel instead' } })).toMatchObject({ code: 'BUDGET' })
  await who.answer({ ...first, behavior: 'deny' })
  const second = await ids(2)
  expect(await spent({ ...second, behavior: 'allow', answers: { 'Tabs?': 'Write a novel instead' } })).toMatchObject({ code: 'BUDGET' })
  // What Claude offers itself is a yes or no of more kinds.
  await who.answer({ ...second, behavior: 'allow', answers: { 'Tabs?': 'Yes' } })
  await who.answer({ ...(await ids(3)), behavior: 'allow' })
  await heard.task('completed', execution_id)
  expect(JSON.stringify(rig.api.requests)).not.toContain('novel')
})

test('G2 T1 what Claude begins by itself ends as soon as it begins, for somebody who has spent the day: what woke it stays told, and the next turn knows it', async () => {
  const [who, other] = [await rig.person('Waker'), await rig.person('Neighbour')]
  const [found, woken] = [createGate(), createGate()]
  const look = (where: string) => ({ description: `Look ${where}`, prompt: `look ${where} the hill`, subagent_type: 'general-purpose' })
  rig.when('send two to look').use('Agent', look('behind')).use('Agent', look('before')).say('They are looking.')
  rig.when('look behind the hill').hold(found).say('There is a lake behind the hill.')
  rig.when('look before the hill').hold(found).say('There is a forest before the hill.')
  const { session_id, heard } = await turn(who, 'send two to look')
  rig.when('<task-notification>').hold(woken).say('Both were there.')
  await limit(who, 1)
  found.open()
  const ends = () => heard.of('log').filter(({ args }) => args?.tool_use_id).map(({ text }) => text)
  await heard.until(() => ends().length === 2, 'the word of both')
  expect(ends().sort()).toEqual(['Agent "Look before": completed', 'Agent "Look behind": completed'])
  const begun = () => heard.of('task').filter(({ origin }) => origin === 'background')
  await heard.until(() => begun().length > 0 && begun().filter(({ ended_at }) => ended_at).length * 2 === begun().length, 'the end of what Claude began')
  for (const each of begun().filter(({ ended_at }) => ended_at)) expect(each).toMatchObject({ status: 'interrupted', reason: 'budget' })
  woken.open()
  // Somebody with a budget of their own goes on, in the same conversation.
  expect(await turn(other, 'what was there', session_id)).toMatchObject({ status: 'completed' })
  await heard.text('Both were there.')
  // Also of the one that came while the other was being stopped.
  const known = ['what was there', 'a lake behind the hill', 'a forest before the hill']
  await eventually('Claude knows of both', () => rig.api.requests.some(({ body }) => known.every((each) => JSON.stringify(body).includes(each))))
  expect(await who.refused(who.prompt('short', { session_id }))).toMatchObject({ code: 'BUDGET' })
  await limit(who, null)
  expect((await turn(who, 'short', session_id)).status).toBe('completed')
})

test('G2 steers that come too late, of somebody who has spent the day meanwhile, begin no turn: they wait, and run once when they may', async () => {
  const [who, gate, heardLate] = [await rig.person('Late'), createGate(), createGate()]
  rig.when('no more of it').hold(gate).say('The end.')
  // No answer is quicker than the word that ends it.
  rig.when('one more thing').hold(heardLate).say('Heard one.')
  rig.when('and another').hold(heardLate).say('Heard another.')
  await limit(who, 1)
  const { session_id, execution_id } = await who.prompt('no more of it')
  const heard = await rig.session(session_id)
  await gate.reached
  const steers = [await who.prompt('one more thing', { session_id, mode: 'steer' }), await who.prompt('and another', { session_id, mode: 'steer' })]
  gate.open()
  await heard.task('completed', execution_id)
  const { data: own } = await heard.until(({ type, data }) => type === 'task' && data.origin === 'background' && data.ended_at !== undefined, 'the end of what Claude began')
  expect(own).toMatchObject({ status: 'interrupted', reason: 'budget' })
  expect(await rig.executions.queueOf(session_id)).toMatchObject({ items: steers.map(({ message_id }) => ({ message_id, mode: 'queue' })), held_by: { reason: 'budget' } })
  expect(heard.of('message').map(({ content }) => content)).toEqual(['no more of it'])
  heardLate.open()
  await limit(who, null)
  await heard.text('Heard one.')
  await heard.text('Heard another.')
  await eventually('nothing waits', async () => (await rig.executions.queueOf(session_id)).items.length === 0)
  expect(heard.of('message').map(({ content }) => content)).toEqual(['no more of it', 'one more thing', 'and another'])
})

test('G2 agents beside the conversation are stopped with the turn that spends the day, and the next one knows it', async () => {
  const [who, found] = [await rig.person('Sender'), createGate()]
  rig.when('send one far away').use('Agent', { description: 'Far', prompt: 'look far beyond', subagent_type: 'general-purpose' }).say('It is on its way.')
  rig.when('look far beyond').hold(found).say('Nothing there either.')
  await limit(who, 1)
  const { heard, session_id } = await turn(who, 'send one far away')
  const told = await heard.until(({ type, data }) => type === 'log' && data.args?.tool_use_id !== undefined, 'the end of the agent')
  expect(told.data.args).toMatchObject({ status: 'stopped' })
  found.open()
  await limit(who, null)
  expect((await turn(who, 'short', session_id)).status).toBe('completed')
})

test('G2 the line that a turn crosses is told in its session, once', async () => {
  const who = await rig.person('Careful')
  await limit(who, 1_000_000)
  const { session_id, heard } = await turn(who, 'short')
  const [{ cost_micros }] = (await ofSession(session_id)) as [Row]
  await rig.usage.budgets.set(asked(admin), who.userId, { limit_micros: cost_micros * 4, warn_percent: 40 })
  await turn(who, 'short', session_id)
  expect(await heard.log('budget_near')).toMatchObject({ level: 'info', args: { username: 'Careful', percent: 50 } })
  await turn(who, 'short', session_id)
  expect(heard.of('log').filter(({ code }) => String(code).startsWith('budget'))).toHaveLength(1)
  await turn(who, 'short', session_id)
  expect(await heard.log('budget_spent')).toMatchObject({ args: { percent: 100 } })
  expect(await rig.usage.budgets.standing(who)).toMatchObject({ state: 'spent', spent_micros: cost_micros * 4 })
})

test('G3 what waits of somebody who has spent the day stays; others go past it; then the queue is held until the budget is raised', async () => {
  const [poor, rich] = [await rig.person('Poor'), await rig.person('Rich')]
  const gate = createGate()
  rig.when('first of all').hold(gate).say('That was the first.')
  const first = await poor.prompt('first of all')
  const { session_id } = first
  const heard = await rig.session(session_id)
  await gate.reached
  const waiting = await poor.prompt('what poor wants', { session_id })
  const past = await rich.prompt('what rich wants', { session_id })
  await limit(poor, 10)
  gate.open()
  await heard.task('completed', past.execution_id)
  await heard.state('held')
  expect(await rig.executions.queueOf(session_id)).toMatchObject({ items: [{ message_id: waiting.message_id }], held_by: { reason: 'budget' } })
  expect(await rich.refused(rich.command({ command: 'continue', session_id, args: {} }))).toMatchObject({ code: 'BUDGET' })
  expect(await poor.refused(poor.queue({ action: 'send_now', session_id, message_id: waiting.message_id }))).toMatchObject({ code: 'BUDGET' })
  const another = await rich.prompt('rich once more', { session_id })
  await heard.task('completed', another.execution_id)
  await heard.state('held')
  await rig.usage.budgets.remove(asked(admin), poor.userId)
  await heard.task('completed', waiting.execution_id)
  expect((await rig.executions.queueOf(session_id)).items).toEqual([])
})

test('G3 a queue that is held for a budget is held after a restart too, and goes on when there is none any more', async () => {
  const before = await start()
  const [person, boss] = [await before.person('Ada'), await before.person('Boss', 'admin')]
  const gate = createGate()
  before.when('hold on').hold(gate).say('Held.')
  const first = await person.prompt('hold on')
  const heard = await before.session(first.session_id)
  await gate.reached
  const waiting = await person.prompt('later', { session_id: first.session_id })
  await before.usage.budgets.set(asked(boss), null, { limit_micros: 10 })
  gate.open()
  await heard.state('held')
  await before.stop({ keep: true })
  rigs.splice(rigs.indexOf(before), 1)
  const after = await start({ after: { data: before.data, folder: before.folder, home: before.home, api: before.api } })
  const again = await after.person('Ada')
  expect(await again.refused(again.prompt('short'))).toMatchObject({ code: 'BUDGET' })
  expect(await after.executions.queueOf(first.session_id)).toMatchObject({ items: [{ content: 'later' }], held_by: { reason: 'budget' } })
  await after.usage.budgets.remove(asked(await after.person('Boss', 'admin')), null)
  await (await after.session(first.session_id)).task('completed', waiting.execution_id)
}, 60_000)
