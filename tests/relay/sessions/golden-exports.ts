// What recorded sessions read like as Markdown. Written anew only on purpose: npm run record:golden
import { join } from 'node:path'
import { createMarkdown } from '../../../relay/sessions/export-markdown.ts'
import { readRecording } from '../../support/record-scenarios.ts'

export const exported = ['permission', 'tools'] as const
export const exportFile = (name: string): string => join(import.meta.dir, '../../fixtures/exports', `${name}.md`)

export function exportOf(name: string): string {
  const { steps, session_id: sessionId } = readRecording(name)
  const kept = steps.flatMap((step) => step.frames).filter(({ channel, seq }) => channel === `session:${sessionId}` && typeof seq === 'number')
  const markdown = createMarkdown()
  return kept.map(({ type, data, timestamp }) => markdown.add(type, data, timestamp)).join('') + markdown.rest()
}

if (import.meta.main) for (const name of exported) await Bun.write(exportFile(name), exportOf(name))
