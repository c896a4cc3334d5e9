// What a running process is told of its settings, when it does not take them.
import { expect, test } from 'bun:test'
import type { ClaudeProcess } from '../../../relay/claude/process.ts'
import { createSessionSettings } from '../../../relay/claude/session-settings.ts'
import type { ProcessSpec } from '../../../relay/claude/session-spec.ts'

test('P3: rules that a process did not take are given to it again with the next call, those it has are not', async () => {
  const given: string[][] = []
  let deaf = true
  const setRules = (rules: string[]) => {
    given.push(rules)
    return deaf ? Promise.reject(new Error('not now')) : Promise.resolve()
  }
  const process = { isReady: () => true, isEnding: () => false, setRules } as Partial<ClaudeProcess> as ClaudeProcess
  const spec: ProcessSpec = { sessionId: 's', cwd: '/', conversationId: null, permissionMode: 'default', trusted: false }
  const { deeds } = createSessionSettings(spec, { current: () => process, outdate: () => undefined }, {}, { offered: () => undefined, reading: 'Read(//files/**)' })
  const rules = ['Bash(ls:*)']
  await deeds.setRules(rules)
  deaf = false
  await deeds.setRules(rules)
  await deeds.setRules(rules)
  // U4: what Claude may read of people's files goes with whatever else is allowed.
  const all = [...rules, 'Read(//files/**)']
  expect(given).toEqual([all, all])
  expect(spec.rules).toEqual(all)
})
