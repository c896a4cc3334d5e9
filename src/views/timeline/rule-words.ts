// Rules of permission in words, and as the CLI writes them.
import type { RuleSuggestion } from '#protocol'

/** `Bash(npm test:*)` */
export const ruleText = (rule: RuleSuggestion): string => (rule.content ? `${rule.tool}(${rule.content})` : rule.tool)

/** Key and values of the sentence that says what a rule allows: `permission.rule.<key>`. */
export function ruleWords(rule: RuleSuggestion): { key: 'commandsLike' | 'command' | 'filesIn' | 'host' | 'tool' | 'other'; what: string } {
  const { tool, content } = rule
  if (!content) return { key: 'tool', what: tool }
  const prefix = /^(.*?):\*$/s.exec(content)?.[1]
  if (tool === 'Bash' && prefix !== undefined) return { key: 'commandsLike', what: prefix }
  if (tool === 'Bash') return { key: 'command', what: content }
  const host = /^domain:(.+)$/.exec(content)?.[1]
  if (host !== undefined) return { key: 'host', what: host }
  if (tool === 'Edit' || tool === 'Write' || tool === 'Read' || tool === 'NotebookEdit') return { key: 'filesIn', what: content.replace(/^\/(?=\/)/, '').replace(/\/\*\*?$/, '') }
  return { key: 'other', what: content }
}
