// A prompt and its files: it waits for them, and does not once one thinks again; a change of a sent one is not made before they are there.
import { expect, test } from 'bun:test'
import { effectScope, nextTick, ref, shallowRef } from 'vue'
import type { AwaitedFiles } from '../../../../src/views/session/prompt-files.ts'
import { useFilesFirst } from '../../../../src/views/session/use-files-first.ts'

const prompt = { draft: 'Look', content: 'Look' }

/** With whoever keeps what waits. */
function open(state: AwaitedFiles['state']) {
  const kept = ref<object | null>(null)
  const now = shallowRef(state)
  const draft = ref('Look')
  const problems: (string | null)[] = []
  const words = { waiting: 'waiting', hint: 'hint', notYet: 'not yet', stuck: 'stuck' }
  const files = (): AwaitedFiles => ({ state: now.value, words, waits: kept.value !== null, wait: (asked) => void (kept.value = asked), stopWaiting: () => void (kept.value = null) })
  const scope = effectScope()
  const parts: ReturnType<typeof useFilesFirst> = scope.run(() => useFilesFirst({ files, draft: () => draft.value, report: (problem) => problems.push(problem) }))!
  return { ...parts, kept, draft, problems, become: async (next: AwaitedFiles['state']) => ((now.value = next), nextTick()), stop: () => scope.stop() }
}

test('with files that are there a prompt and a change go at once', () => {
  const composer = open('ready')
  expect([composer.hold('queue', prompt), composer.hold('queue', null), composer.waiting.value, composer.kept.value]).toEqual([false, false, null, null])
  composer.stop()
})

test('a prompt is left to whoever keeps it, which sends it; here one sees that it waits, and can take it back', async () => {
  const composer = open('going')
  expect([composer.hold('steer', prompt), composer.kept.value, composer.waiting.value, composer.hint.value]).toEqual([true, { ...prompt, mode: 'steer' }, 'waiting', 'hint'])
  await composer.become('ready')
  // It is about to be sent: not once more from here.
  expect(composer.hold('queue', prompt)).toBe(true)
  expect([composer.stopWaiting(), composer.kept.value, composer.waiting.value, composer.stopWaiting()]).toEqual([true, null, null, false])
  composer.stop()
})

test('who writes on sends nothing by itself', async () => {
  const composer = open('going')
  composer.hold('queue', prompt)
  composer.draft.value = 'Look at it'
  await nextTick()
  expect([composer.kept.value, composer.waiting.value, composer.stopWaiting()]).toEqual([null, null, false])
  composer.stop()
})

test('a file that failed meanwhile is told, and nothing goes without it', async () => {
  const composer = open('going')
  composer.hold('queue', prompt)
  composer.kept.value = null
  await composer.become('stuck')
  expect([composer.waiting.value, composer.problems.at(-1), composer.hold('queue', prompt), composer.kept.value]).toEqual([null, 'stuck', true, null])
  composer.stop()
})

test('a change does not wait, for nobody would make it once the page is gone: it is told so until its files are there', async () => {
  const composer = open('going')
  expect([composer.hold('queue', null), composer.kept.value, composer.waiting.value, composer.problems.at(-1)]).toEqual([true, null, null, 'not yet'])
  await composer.become('ready')
  expect([composer.problems.at(-1), composer.hold('queue', null)]).toEqual([null, false])
  composer.stop()
})
