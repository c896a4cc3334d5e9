// A prompt and its files: it waits for them, goes out by itself, and does not once one thinks again.
import { expect, test } from 'bun:test'
import { effectScope, nextTick, ref, shallowRef } from 'vue'
import type { PromptFiles } from '../../../../src/views/session/prompt-files.ts'
import { useFilesFirst } from '../../../../src/views/session/use-files-first.ts'

const filesThat = (state: PromptFiles['state']): PromptFiles => ({ take: () => {}, ids: [], count: 1, state, words: { waiting: 'waiting', hint: 'hint', stuck: 'stuck' }, sent: () => {} })

function open(state: PromptFiles['state'] | null) {
  const files = shallowRef(state && filesThat(state))
  const draft = ref('Look')
  const sent: string[] = []
  const problems: (string | null)[] = []
  const scope = effectScope()
  const parts: ReturnType<typeof useFilesFirst> = scope.run(() =>
    useFilesFirst({ files: () => files.value, draft: () => draft.value, send: (mode) => void (parts.hold(mode) || sent.push(mode)), report: (problem) => problems.push(problem) }),
  )!
  return { ...parts, draft, sent, problems, become: async (next: PromptFiles['state']) => ((files.value = filesThat(next)), nextTick()), stop: () => scope.stop() }
}

test('without files, with files that are there, and before the part that keeps them is here, a prompt goes at once', () => {
  for (const state of [null, 'ready'] as const) {
    const composer = open(state)
    expect([composer.hold('queue'), composer.waiting.value]).toEqual([false, null])
    composer.stop()
  }
})

test('it waits for files on their way and goes as it was meant to, once', async () => {
  const composer = open('going')
  expect([composer.hold('steer'), composer.waiting.value, composer.hint.value]).toEqual([true, 'waiting', 'hint'])
  await composer.become('ready')
  expect([composer.sent, composer.waiting.value]).toEqual([['steer'], null])
  await composer.become('going')
  await composer.become('ready')
  expect(composer.sent).toEqual(['steer'])
  composer.stop()
})

test('who writes on, or says no, sends nothing by itself', async () => {
  const composer = open('going')
  composer.hold('queue')
  composer.draft.value = 'Look at it'
  await nextTick()
  expect([composer.waiting.value, composer.stopWaiting()]).toEqual([null, false])
  composer.hold('queue')
  expect(composer.stopWaiting()).toBe(true)
  await composer.become('ready')
  expect(composer.sent).toEqual([])
  composer.stop()
})

test('a file that failed meanwhile is told, and nothing goes without it', async () => {
  const composer = open('going')
  composer.hold('queue')
  await composer.become('stuck')
  expect([composer.sent, composer.waiting.value, composer.problems.at(-1)]).toEqual([[], null, 'stuck'])
  composer.stop()
})
