// Answers to the errands that the CLI runs beside the conversation: titles, web searches, summaries for /compact.
import { createStep, type Step } from './script.ts'
import { systemText, type ApiBody } from './scripted-request.ts'

export type SearchHit = { title: string; url: string }

const textStep = (text: string): Step => ({ ...createStep(), parts: [{ kind: 'text', text, chunkChars: 200 }] })

/** The search tool of the API runs on the server: its answer carries the results beside the text. */
function searchStep(query: string, hits: readonly SearchHit[]): Step {
  const id = `srvtoolu_${query.length}_${hits.length}`
  const results = hits.map((hit) => ({ type: 'web_search_result', ...hit, encrypted_content: 'c2NyaXB0ZWQ=', page_age: null }))
  return {
    ...createStep(),
    parts: [
      { kind: 'block', block: { type: 'server_tool_use', id, name: 'web_search', input: { query } } },
      { kind: 'block', block: { type: 'web_search_tool_result', tool_use_id: id, content: results } },
      { kind: 'text', text: `Found ${hits.length} pages about “${query}”.` },
    ],
  }
}

const firstWords = (prompt: string): string => prompt.replaceAll(/<[^>]*>/g, ' ').trim().split(/\s+/).slice(0, 6).join(' ') || 'Untitled'

/** Recognises an errand by its request and answers it; undefined when the request belongs to the conversation. */
export function answerSideCall(body: ApiBody, prompt: string, hits: readonly SearchHit[]): Step | undefined {
  if (body.tools?.some((tool) => tool.type?.startsWith('web_search'))) {
    return searchStep(/query:\s*(.+)/i.exec(prompt)?.[1]?.trim() ?? prompt.trim(), hits)
  }
  if (/create a detailed summary of (the|this|our) conversation/i.test(prompt)) {
    return textStep('<analysis>Scripted.</analysis>\n<summary>The conversation so far, in one scripted sentence.</summary>')
  }
  const system = systemText(body)
  const asksForTitle = /\btitle\b/i.test(system) && (body.tools ?? []).length === 0
  if (asksForTitle) return textStep(JSON.stringify({ title: firstWords(prompt), isNewTopic: true, branch: 'scripted' }))
  if ((body.tools ?? []).length === 0 && /Web page content:/i.test(prompt)) return textStep('A scripted summary of the page.')
  return undefined
}
