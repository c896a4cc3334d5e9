// The translation, held to recordings of the real CLI, and to the SDK's own list of messages.
import { expect, test } from 'bun:test'
import type { SDKMessage } from '@anthropic-ai/claude-agent-sdk'
import ts from 'typescript'
import type { Fact, Translated } from '../../../relay/claude/facts.ts'
import { createTranslation } from '../../../relay/claude/translate-message.ts'
import { events as kept } from '#protocol'
import { invented, INVENTED_FIXTURE } from '../../fixtures/claude/invented-messages.ts'
import { eventsFile, messagesOf, recordings, translateAll } from './golden-events.ts'

const factsOf = (events: readonly Translated[]): Fact[] => events.flatMap((event) => (event.kind === 'fact' ? [event.fact] : []))
const ids = { session_id: 's', execution_id: 'e' }

test.each(recordings)('%s becomes the expected facts', async (name) => {
  const expected = await Bun.file(eventsFile(name)).json()
  expect(JSON.parse(JSON.stringify(translateAll(await messagesOf(name))))).toEqual(expected)
})

test.each(recordings)('%s: deltas join to their block, every block and tool call ends once, turns begin and end in turn', async (name) => {
  const written = new Map<string, string>()
  const complete = new Set<string>()
  const openTools = new Set<string>()
  let inTurn = false
  for (const event of translateAll(await messagesOf(name))) {
    if (event.kind === 'turn_began') {
      expect(inTurn).toBe(false)
      inTurn = true
    }
    if (event.kind === 'turn_ended') {
      expect(inTurn).toBe(true)
      inTurn = false
      expect([...openTools]).toEqual([])
    }
    if (event.kind !== 'fact') continue
    const { fact } = event
    if (fact.type === 'delta') {
      const before = written.get(fact.data.message_id) ?? ''
      expect(complete.has(fact.data.message_id)).toBe(false)
      expect(fact.data.offset).toBe(before.length)
      written.set(fact.data.message_id, before + fact.data.content)
    }
    if (fact.type === 'claude_response' || fact.type === 'thinking') {
      expect(complete.has(fact.data.message_id)).toBe(false)
      complete.add(fact.data.message_id)
      const deltas = written.get(fact.data.message_id)
      if (deltas !== undefined) expect(fact.data.content).toBe(deltas)
    }
    if (fact.type === 'progress' && fact.data.progress_type === 'tool_start') openTools.add(fact.data.tool_use_id!)
    if (fact.type === 'progress' && fact.data.progress_type === 'tool_end') expect(openTools.delete(fact.data.tool_use_id!)).toBe(true)
  }
  expect(inTurn).toBe(false)
  expect([...written.keys()].filter((id) => !complete.has(id))).toEqual([])
})

test('N2 facts keep to the contract, and no recording holds a message that is not known', async () => {
  for (const name of recordings) {
    const translation = createTranslation({ conversationId: null, todos: [] })
    const facts = factsOf((await messagesOf(name)).flatMap((message) => translation.translate(message)))
    expect({ name, unknown: translation.unknownMessages() }).toEqual({ name, unknown: 0 })
    for (const fact of facts) {
      if (fact.type === 'progress') expect(kept.progress.safeParse({ ...ids, ...fact.data }).error?.issues ?? []).toEqual([])
      if (fact.type === 'delta' || fact.type === 'claude_response' || fact.type === 'thinking') {
        expect(kept.block.safeParse({ ...ids, ...fact.data }).error?.issues ?? []).toEqual([])
      }
    }
  }
})

/** The members of the union as the SDK declares them, each by its type and subtype. */
async function declaredMessages(): Promise<string[]> {
  const file = Bun.resolveSync('@anthropic-ai/claude-agent-sdk/package.json', import.meta.dir).replace('package.json', 'sdk.d.ts')
  const source = ts.createSourceFile(file, await Bun.file(file).text(), ts.ScriptTarget.Latest)
  const types = new Map(source.statements.filter(ts.isTypeAliasDeclaration).map((declaration) => [declaration.name.text, declaration.type]))
  const literal = (type: ts.TypeLiteralNode, name: string): string | undefined =>
    type.members.flatMap((member) => {
      const wanted = ts.isPropertySignature(member) && ts.isIdentifier(member.name) && member.name.text === name && member.type && ts.isLiteralTypeNode(member.type)
      return wanted && ts.isStringLiteral(member.type.literal) ? [member.type.literal.text] : []
    })[0]
  const keys = (type: ts.TypeNode): string[] => {
    if (ts.isUnionTypeNode(type)) return type.types.flatMap(keys)
    if (ts.isTypeReferenceNode(type) && ts.isIdentifier(type.typeName)) return keys(types.get(type.typeName.text)!)
    if (!ts.isTypeLiteralNode(type)) throw new Error('the SDK declares its messages in a new way')
    const name = literal(type, 'type')!
    return [name === 'system' ? `system/${literal(type, 'subtype')}` : name]
  }
  return [...new Set(keys(types.get('SDKMessage')!))].sort()
}

test('N2 every message that the SDK declares has its line in the translation', async () => {
  const declared = await declaredMessages()
  expect(declared.length).toBeGreaterThan(30)
  expect(createTranslation({ conversationId: null, todos: [] }).knownMessages().sort()).toEqual(declared)
})

const keyOf = (message: SDKMessage): string => (message.type === 'system' ? `system/${message.subtype}` : message.type)

test('N2 every message that the SDK declares is in a recording; those that had to be invented are named with what they need', async () => {
  const recorded = new Set<string>()
  const made = new Set<string>()
  for (const name of recordings) for (const message of await messagesOf(name)) (name === INVENTED_FIXTURE ? made : recorded).add(keyOf(message))
  expect((await declaredMessages()).filter((key) => !recorded.has(key))).toEqual(Object.keys(invented).sort())
  expect([...made]).toEqual(expect.arrayContaining(Object.keys(invented)))
})

/** The CLI calls it Task in its list and takes it as Agent. */
const calledAs = (tool: string): string => (tool === 'Task' ? 'Agent' : tool)

test('N2 every tool that the CLI offers is used in a recording', async () => {
  const offered = new Set<string>()
  const used = new Set<string>()
  for (const name of recordings)
    for (const message of await messagesOf(name)) {
      if (message.type === 'system' && message.subtype === 'init') for (const tool of message.tools) offered.add(calledAs(tool))
      if (message.type !== 'assistant') continue
      for (const block of message.message.content) if (block.type === 'tool_use') used.add(block.name)
    }
  expect(offered.size).toBeGreaterThan(25)
  expect([...offered].filter((tool) => !used.has(tool))).toEqual([])
})

test('N2 what is not known is kept whole and counted', () => {
  const translation = createTranslation({ conversationId: null, todos: [] })
  const message = { type: 'system', subtype: 'from_the_future', text: 'hello' } as unknown as SDKMessage
  expect(factsOf(translation.translate(message))).toEqual([{ type: 'progress', data: { progress_type: 'init', detail: 'unknown', input: message } }])
  expect(translation.unknownMessages()).toBe(1)
})

const streamed = (event: unknown): SDKMessage => ({ type: 'stream_event', event, parent_tool_use_id: null, uuid: 'u', session_id: 's' }) as unknown as SDKMessage
const start = (id: string): SDKMessage => streamed({ type: 'message_start', message: { id, model: 'm', usage: { input_tokens: 1 } } })
const text = (piece: string): SDKMessage => streamed({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: piece } })
const blockStart = streamed({ type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } })

test('an offset never lies inside a surrogate pair', () => {
  const translation = createTranslation({ conversationId: null, todos: [] })
  const facts = factsOf([start('m1'), blockStart, text('a\ud83d'), text('\ude00b')].flatMap((message) => translation.translate(message)))
  expect(facts.map((fact) => (fact.type === 'delta' ? [fact.data.offset, fact.data.content] : fact))).toEqual([[0, 'a'], [1, '😀b']])
})

test('a process that is gone leaves its open blocks and calls ended, as interrupted', async () => {
  const translation = createTranslation({ conversationId: null, todos: [] })
  const toolUse = (await messagesOf('bash-ok')).find((message) => message.type === 'assistant' && message.message.content[0]?.type === 'tool_use')
  translation.translate(toolUse!)
  for (const message of [start('m1'), blockStart, text('half a sen')]) translation.translate(message)
  const interrupted = factsOf(translation.abandon())
  expect(interrupted[0]).toEqual({ type: 'claude_response', data: { message_id: 'm1:0', content: 'half a sen', stream: false, completed: true, interrupted: true } })
  expect(interrupted[1]).toMatchObject({ type: 'progress', data: { progress_type: 'tool_end', tool: 'Bash', detail: 'interrupted', is_error: true } })
  expect(translation.abandon()).toEqual([])
})

test('the cost of a turn is that of the turn: the running total is not told twice, and /clear begins it anew', async () => {
  const costs = (name: string) => async () => translateAll(await messagesOf(name)).flatMap((event) => (event.kind === 'turn_ended' && event.outcome.stats ? [event.outcome.stats.cost_usd] : []))
  const [first, second] = await costs('two-turns')()
  const total = (await messagesOf('two-turns')).findLast((message) => message.type === 'result')
  expect(first! + second!).toBeCloseTo(total?.type === 'result' ? total.total_cost_usd : Number.NaN, 9)
  const cleared = await costs('clear')()
  expect(cleared.every((cost) => cost > 0)).toBe(true)
})

test('figures of a turn that several models had a part in say what each had of it', async () => {
  const spent = (costUSD: number, outputTokens: number) => ({ costUSD, inputTokens: 10, outputTokens, cacheReadInputTokens: 3, cacheCreationInputTokens: 2 })
  const messages = (await messagesOf('plain-text')).map((message) => (message.type === 'result' ? { ...message, model_usage_since_last_result: { main: spent(0.25, 7), agent: spent(0.5, 5) } } : message))
  const ended = translateAll(messages).find((event) => event.kind === 'turn_ended')
  expect(ended?.kind === 'turn_ended' && ended.outcome.stats).toMatchObject({
    ...{ cost_usd: 0.75, input_tokens: 20, output_tokens: 12, cache_read_tokens: 6, cache_write_tokens: 4 },
    models: [
      { model: 'main', cost_usd: 0.25, input_tokens: 10, output_tokens: 7, cache_read_tokens: 3, cache_write_tokens: 2 },
      { model: 'agent', cost_usd: 0.5, input_tokens: 10, output_tokens: 5, cache_read_tokens: 3, cache_write_tokens: 2 },
    ],
  })
})
