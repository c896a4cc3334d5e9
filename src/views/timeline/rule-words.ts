// Rules of permission in words, and as the CLI writes them.
import type { RuleSuggestion } from '#protocol'

/** The same rule as people of a workspace would write it: the CLI's absolute paths begin with two slashes, those of the folder with a dot. */
export function ruleWithin<Rule extends RuleSuggestion>(rule: Rule, workspace: string): Rule {
  const root = `/${workspace.replace(/\/+$/, '')}/`
  return workspace !== '' && rule.content?.startsWith(root) ? { ...rule, content: `./${rule.content.slice(root.length)}` } : rule
}

/** `Bash(npm test:*)` */
export const ruleText = (rule: RuleSuggestion): string => (rule.content ? `${rule.tool}(${rule.content})` : rule.tool)

/** Key and values of the sentence that says what a rule allows: `permission.rule.<key>`. */
export function ruleWords(rule: RuleSuggestion): { key: 'commandsLike' | 'command' | 'filesHere' | 'filesIn' | 'host' | 'tool' | 'other'; what: string } {
  const { tool, content } = rule
  if (!content) return { key: 'tool', what: tool }
  const prefix = /^(.*?):\*$/s.exec(content)?.[1]
  if (tool === 'Bash' && prefix !== undefined) return { key: 'commandsLike', what: prefix }
  if (tool === 'Bash') return { key: 'command', what: content }
  const host = /^domain:(.+)$/.exec(content)?.[1]
  if (host !== undefined) return { key: 'host', what: host }
  if (tool === 'Edit' || tool === 'Write' || tool === 'Read' || tool === 'NotebookEdit') {
    const what = content.replace(/^\/(?=\/)/, '').replace(/\/\*\*?$/, '')
    return what === '.' ? { key: 'filesHere', what } : { key: 'filesIn', what: what.replace(/^\.\//, '') }
  }
  return { key: 'other', what: content }
}
