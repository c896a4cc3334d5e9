// The facts that each recording is expected to become. Written anew only on purpose: npm run record:golden
import type { SDKMessage } from '@anthropic-ai/claude-agent-sdk'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Translated } from '../../../relay/claude/facts.ts'
import { createTranslation } from '../../../relay/claude/translate-message.ts'

const FIXTURES = join(import.meta.dir, '../../fixtures/claude')
export const recordings: string[] = readdirSync(FIXTURES)
  .filter((file) => file.endsWith('.ndjson'))
  .map((file) => file.slice(0, -'.ndjson'.length))
  .sort()

export async function messagesOf(name: string): Promise<SDKMessage[]> {
  const text = await Bun.file(join(FIXTURES, `${name}.ndjson`)).text()
  return text.trimEnd().split('\n').map((line) => JSON.parse(line) as SDKMessage)
}

export function translateAll(messages: readonly SDKMessage[]): Translated[] {
  const translation = createTranslation({ conversationId: null, todos: [] })
  return messages.flatMap((message) => translation.translate(message))
}

export const eventsFile = (name: string): string => join(FIXTURES, `${name}.events.json`)

if (import.meta.main) {
  const names = process.argv.slice(2)
  for (const name of recordings) {
    if (names.length > 0 && !names.includes(name)) continue
    const lines = translateAll(await messagesOf(name)).map((event) => JSON.stringify(event))
    await Bun.write(eventsFile(name), `[\n${lines.join(',\n')}\n]\n`)
  }
}
