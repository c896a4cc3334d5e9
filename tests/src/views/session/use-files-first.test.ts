// A prompt and its files: it waits for them, goes out by itself, and does not once one thinks again.
import { expect, test } from 'bun:test'
import { effectScope, nextTick, ref, shallowRef } from 'vue'
import type { AwaitedFiles } from '../../../../src/views/session/prompt-files.ts'
import { useFilesFirst } from '../../../../src/views/session/use-files-first.ts'

const noKeeper = { waits: false, wait: () => {}, stopWaiting: () => {} }
const filesThat = (state: AwaitedFiles['state'], keeper: Pick<AwaitedFiles, keyof typeof noKeeper> = noKeeper): AwaitedFiles => {
  const { wait, stopWaiting } = keeper
  return { state, words: { waiting: 'waiting', hint: 'hint', stuck: 'stuck' }, get waits() { return keeper.waits }, wait, stopWaiting }
}

function open(state: AwaitedFiles['state']) {
  const files = shallowRef(filesThat(state))
  const draft = ref('Look')
  const sent: string[] = []
  const problems: (string | null)[] = []
  const scope = effectScope()
  const parts: ReturnType<typeof useFilesFirst> = scope.run(() =>
    useFilesFirst({ files: () => files.value, draft: () => draft.value, send: (mode) => void (parts.hold(mode, null) || sent.push(mode)), report: (problem) => problems.push(problem) }),
  )!
  return { ...parts, draft, sent, problems, become: async (next: AwaitedFiles['state']) => ((files.value = filesThat(next)), nextTick()), stop: () => scope.stop() }
}

test('with files that are there a prompt goes at once', () => {
  const composer = open('ready')
  expect([composer.hold('queue', null), composer.waiting.value]).toEqual([false, null])
  composer.stop()
})

test('it waits for files on their way and goes as it was meant to, once', async () => {
  const composer = open('going')
  expect([composer.hold('steer', null), composer.waiting.value, composer.hint.value]).toEqual([true, 'waiting', 'hint'])
  await composer.become('ready')
  expect([composer.sent, composer.waiting.value]).toEqual([['steer'], null])
  await composer.become('going')
  await composer.become('ready')
  expect(composer.sent).toEqual(['steer'])
  composer.stop()
})

test('who writes on, or says no, sends nothing by itself', async () => {
  const composer = open('going')
  composer.hold('queue', null)
  composer.draft.value = 'Look at it'
  await nextTick()
  expect([composer.waiting.value, composer.stopWaiting()]).toEqual([null, false])
  composer.hold('queue', null)
  expect(composer.stopWaiting()).toBe(true)
  await composer.become('ready')
  expect(composer.sent).toEqual([])
  composer.stop()
})

test('a file that failed meanwhile is told, and nothing goes without it', async () => {
  const composer = open('going')
  composer.hold('queue', null)
  await composer.become('stuck')
  expect([composer.sent, composer.waiting.value, composer.problems.at(-1)]).toEqual([[], null, 'stuck'])
  composer.stop()
})

test('a plain prompt is left to whoever keeps it, which sends it; here one sees that it waits, takes it back, and hears what was wrong', async () => {
  const kept = ref<object | null>(null)
  const keeper = { get waits() { return kept.value !== null }, wait: (asked: object) => void (kept.value = asked), stopWaiting: () => void (kept.value = null) }
  const files = shallowRef(filesThat('going', keeper))
  const sent: string[] = []
  const problems: (string | null)[] = []
  const draft = ref('Look')
  const scope = effectScope()
  const composer = scope.run(() => useFilesFirst({ files: () => files.value, draft: () => draft.value, send: (mode) => void sent.push(mode), report: (problem) => problems.push(problem) }))!
  const prompt = { draft: 'Look', content: 'Look' }
  expect([composer.hold('steer', prompt), kept.value, composer.waiting.value]).toEqual([true, { ...prompt, mode: 'steer' }, 'waiting'])
  files.value = filesThat('ready', keeper)
  await nextTick()
  expect([sent, composer.hold('queue', prompt)]).toEqual([[], true])
  expect([composer.stopWaiting(), kept.value, composer.waiting.value, composer.stopWaiting()]).toEqual([true, null, null, false])
  files.value = filesThat('going', keeper)
  await nextTick()
  composer.hold('queue', prompt)
  kept.value = null
  files.value = filesThat('stuck', keeper)
  await nextTick()
  expect([sent, composer.waiting.value, problems.at(-1)]).toEqual([[], null, 'stuck'])
  scope.stop()
})
