// A seeded storm on one session: people prompt, steer, move, stop, answer, and processes are killed. Then the history is checked.
// STEPS=400 SEED=7 bun test tests/relay/executions/storm.test.ts for a longer or a certain one.
import { expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { KEPT, Refused, type QueueUpdate } from '#protocol'
import { promptIdOf } from '../../../relay/executions/prompt-id.ts'
import { seededRandom } from '../../support/seeded-random.ts'
import { startExecutions, type Person } from '../../support/start-executions.ts'

const steps = Number(process.env['STEPS'] ?? 60)
const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000)

/** It may have ended by itself a moment ago. */
function killIfAlive(pid: number | null): void {
  try {
    if (pid) process.kill(pid, 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

/** The ids of everything that Claude has written down, in all conversations of this home. */
function idsOf(home: string): Set<string> {
  const files = [...new Bun.Glob('.claude/projects/**/*.jsonl').scanSync({ cwd: home, dot: true })]
  const lines = files.flatMap((file) => readFileSync(join(home, file), 'utf8').split('\n').filter(Boolean))
  return new Set(lines.map((line) => (JSON.parse(line) as { uuid?: string }).uuid ?? ''))
}

test(`a storm of ${steps} steps (seed ${seed}): every prompt has one message and one end, turns never overlap, the queue is what was told`, async () => {
  console.log(`storm: seed ${seed}, ${steps} steps`)
  const random = seededRandom(seed)
  const pick = <T>(list: readonly T[]): T | undefined => list[Math.floor(random() * list.length)]
  const rig = await startExecutions()
  try {
    const people: Person[] = [await rig.person('Ada', 'admin'), await rig.person('Grace'), await rig.person('Min')]
    rig.when('story').say('a few words at a time, '.repeat(8), { chunkChars: 6, everyMs: 6 })
    rig.when('write').use('Write', { file_path: join(rig.folder, 'storm.txt'), content: 'x' }).say('that was the file')
    const { session_id, ...begun } = await people[0]!.prompt('the storm begins')
    const heard = await rig.session(session_id)
    const sent = new Map<string, { content: string; executionId: string; mode: string }>([[begun.message_id, { content: 'the storm begins', executionId: begun.execution_id, mode: 'queue' }]])
    const refusals = new Map<string, number>()
    const tasks = () => heard.of('task')
    const running = () => tasks().findLast((task) => task.status === 'running' && !tasks().some((other) => other.execution_id === task.execution_id && !['pending', 'running'].includes(other.status)))

    /** What is refused must be refused in words: anything else is a bug. */
    async function attempt(work: Promise<unknown>): Promise<'done' | 'refused'> {
      try {
        await work
        return 'done'
      } catch (error) {
        if (!(error instanceof Refused)) throw error
        refusals.set(error.code, (refusals.get(error.code) ?? 0) + 1)
        return 'refused'
      }
    }
    async function update(who: Person): Promise<void> {
      const { items } = await rig.executions.queueOf(session_id)
      const item = pick(items)
      if (!item) return
      const base = { session_id, message_id: item.message_id }
      const before = pick(items)?.message_id ?? null
      const edited = `${item.content}!`
      const choice = pick<QueueUpdate>([{ ...base, action: 'move', before }, { ...base, action: 'edit', content: edited }, { ...base, action: 'cancel' }, { ...base, action: 'send_now' }])!
      if ((await attempt(who.queue(choice))) === 'done' && choice.action === 'edit') sent.get(item.message_id)!.content = edited
    }

    for (let step = 0; step < steps; step++) {
      const who = pick(people)!
      const dice = random()
      if (dice < 0.4) {
        const content = `${pick(['story', 'write', 'echo'])} number ${step}`
        const mode = random() < 0.3 ? 'steer' : 'queue'
        await attempt(who.prompt(content, { session_id, mode }).then((each) => sent.set(each.message_id, { content, executionId: each.execution_id, mode })))
      } else if (dice < 0.6) await update(who)
      else if (dice < 0.75) {
        const [open] = await rig.executions.openPermissionsOf(session_id)
        if (open) await attempt(who.answer({ request_id: open.request_id, behavior: random() < 0.6 ? 'allow' : 'deny' }))
      } else if (dice < 0.83) {
        const turn = running()
        if (turn) await attempt(who.command({ session_id, command: 'interrupt', args: { execution_id: turn.execution_id } }))
      } else if (dice < 0.93) await attempt(who.command({ session_id, command: random() < 0.3 ? 'hold' : 'continue' }))
      else if (dice < 0.97) {
        killIfAlive(rig.claude.stats().processes[0]?.pid ?? null)
      } else await attempt(people[0]!.command({ session_id, command: 'clear' }))
      if (random() < 0.7) await Bun.sleep(random() * 120)
    }

    // Calm: everything is let go and every question answered until nothing is left to do.
    let moved = { frames: 0, at: performance.now() }
    for (;; await Bun.sleep(25)) {
      const { items, held_by } = await rig.executions.queueOf(session_id)
      const open = await rig.executions.openPermissionsOf(session_id)
      if (open[0]) await attempt(people[0]!.answer({ request_id: open[0].request_id, behavior: 'deny' }))
      else if (held_by && items.length > 0) await attempt(people[0]!.command({ session_id, command: 'continue' }))
      else if (items.length === 0 && !running()) break
      if (heard.frames.length > moved.frames) moved = { frames: heard.frames.length, at: performance.now() }
      if (performance.now() - moved.at < 20_000) continue
      const last = heard.frames.slice(-15).map(({ type, data }) => `${type} ${JSON.stringify(data).slice(0, 300)}`)
      const lines = rig.lines.slice(-10).map((line) => JSON.stringify(line).slice(0, 300))
      throw new Error(`it does not come to rest: ${JSON.stringify({ running: running(), held_by, waiting: items.length, claude: rig.claude.stats().processes })}\n${[...last, ...lines].join('\n')}`)
    }
    await heard.until((frame) => frame.type === 'session' && ['idle', 'failed'].includes(frame.data.state) && !heard.frames.slice(heard.frames.indexOf(frame) + 1).some(({ type }) => type === 'session'), 'rest')

    const events = heard.frames.filter((frame) => typeof frame.seq === 'number')
    expect(events.map((frame) => frame.seq!)).toEqual(events.map((_, index) => index + 1))
    for (const { type, data } of events) expect({ type, fits: KEPT[type as keyof typeof KEPT].safeParse(data).success, data }).toEqual({ type, fits: true, data })

    // Each execution: pending once for each way in which it is held or not, running at most once, then exactly one end.
    const byExecution = Map.groupBy(tasks(), (task) => task.execution_id as string)
    for (const [id, told] of byExecution) {
      const life = told.map((task) => task.status).join(' ')
      const holds = told.filter(({ status }) => status === 'pending').map(({ held_by }) => JSON.stringify(held_by ?? null))
      expect({ id, twice: holds.filter((each, index) => each === holds[index - 1]) }).toEqual({ id, twice: [] })
      expect({ id, life }).toEqual({ id, life: expect.stringMatching(/^(pending )*(cancelled|running (completed|failed|interrupted))$/) })
    }
    // One prompt of people at a time; a turn of Claude's own may be there while the next prompt is on its way.
    const open = new Set<string>()
    for (const task of tasks().filter((each) => each.origin === 'prompt')) {
      if (task.status === 'running') open.add(task.execution_id)
      else open.delete(task.execution_id)
      expect(open.size).toBeLessThanOrEqual(1)
    }
    const handed = idsOf(rig.home)
    expect([...sent.keys()].some((id) => handed.has(promptIdOf(id, 1)))).toBe(true)
    // Each prompt: once in the timeline, with the words it had last, or cancelled and never there.
    for (const [messageId, { content, executionId, mode }] of sent) {
      const messages = heard.of('message').filter((each) => each.message_id === messageId)
      const cancelled = messages.length === 0
      if (!cancelled) expect(messages.map((each) => each.content)).toEqual([content])
      else if (mode === 'queue') expect({ content, life: byExecution.get(executionId)?.at(-1)?.status }).toEqual({ content, life: 'cancelled' })
      const turns = rig.api.requests.filter((request) => request.kind === 'turn' && request.step === 0 && request.prompt === content)
      // Claude died before it said that it has it: the one second try, under an id of its own, may be a second turn.
      const atMost = cancelled ? 0 : handed.has(promptIdOf(messageId, 2)) ? 2 : 1
      expect({ content, turns: turns.length, few: turns.length <= atMost, third: handed.has(promptIdOf(messageId, 3)) }).toEqual({ content, turns: turns.length, few: true, third: false })
    }
    // The tables agree with what was told.
    expect(await rig.rows('SELECT * FROM queued_prompts WHERE session_id = ?', [session_id])).toEqual([])
    expect(await rig.rows("SELECT id FROM executions WHERE session_id = ? AND status IN ('pending', 'running')", [session_id])).toEqual([])
    expect(await rig.rows("SELECT request_id FROM permissions WHERE session_id = ? AND status = 'open'", [session_id])).toEqual([])
    const asked = heard.of('permission_request').map((each) => each.request_id)
    const resolved = heard.of('permission_resolved').map((each) => each.request_id)
    expect(resolved.toSorted()).toEqual(asked.toSorted())
    expect(rig.lines.filter((line) => line['level'] === 'error')).toEqual([])
    console.log(`storm: ${sent.size} prompts, ${byExecution.size} executions, ${asked.length} questions, refused ${JSON.stringify([...refusals])}`)
  } finally {
    await rig.stop()
  }
}, 120_000 + steps * 1_000)
