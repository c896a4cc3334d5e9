// The table of prices against what the real CLI says that a turn has cost: whoever raises its version learns here what it changed.
import { afterAll, expect, setDefaultTimeout, test } from 'bun:test'
import { costMicros } from '../../../relay/usage/prices.ts'
import { prompt, removeFolders, startRoom } from '../claude/real-claude.ts'

// Real processes on a machine that may be busy.
setDefaultTimeout(120_000)

const room = startRoom()
afterAll(async () => {
  await room.stop()
  removeFolders()
})

const MODELS = ['claude-fable-5-2', 'claude-opus-5-5', 'claude-opus-5', 'claude-opus-4-8', 'claude-sonnet-5-5', 'claude-sonnet-5', 'claude-sonnet-4-6', 'claude-haiku-5-5', 'claude-haiku-4-5']

test('a turn costs what the CLI says, whatever the model and however long the prompt', async () => {
  const usage = { input: 3_000, output: 700, cacheRead: 20_000, cacheWrite: 5_000 }
  const long = { ...usage, input: 103_000 }
  room.api.when('short').usage(usage).say('Yes.')
  room.api.when('lengthy').usage(long).say('Yes.')
  const { session, witness } = room.open()
  const told: [string, number | null][] = []
  const expected: typeof told = []
  for (const model of MODELS) {
    await session.setModel(model)
    for (const [words, tokens] of [['short', usage], ['lengthy', long]] as const) {
      await session.send(prompt(words))
      const { stats } = await witness.next('turnEnded')
      told.push([`${model} ${words}`, Math.round(stats!.cost_usd! * 1e6)])
      expected.push([`${model} ${words}`, costMicros(model, { ...tokens, cacheWrite1h: 0 })])
    }
  }
  expect(told).toEqual(expected)
})
