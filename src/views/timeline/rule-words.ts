// Rules of permission in words.
import type { RuleSuggestion } from '#protocol'

/** The same rule as people of a workspace would write it: the CLI's absolute paths begin with two slashes, those of the folder with a dot. */
export function ruleWithin<Rule extends RuleSuggestion>(rule: Rule, workspace: string): Rule {
  const root = `/${workspace.replace(/\/+$/, '')}/`
  return workspace !== '' && rule.content?.startsWith(root) ? { ...rule, content: `./${rule.content.slice(root.length)}` } : rule
}

type RuleKey = 'commandsLike' | 'command' | 'commands' | 'editHere' | 'editIn' | 'editOne' | 'edits' | 'readHere' | 'readIn' | 'readOne' | 'reads' | 'host' | 'pages' | 'search' | 'tool' | 'other'
const EDITS = new Set(['Edit', 'MultiEdit', 'Write', 'NotebookEdit'])
const WHOLE: Readonly<Record<string, RuleKey>> = { Bash: 'commands', Read: 'reads', WebFetch: 'pages', WebSearch: 'search' }

/** Key and values of the sentence that says what a rule allows: `asking.rule.<key>`. */
export function ruleWords({ tool, content }: RuleSuggestion): { key: RuleKey; what: string } {
  if (!content) return { key: EDITS.has(tool) ? 'edits' : (WHOLE[tool] ?? 'tool'), what: tool.replace(/^mcp__/, '').replaceAll('__', ' · ') }
  if (tool === 'Bash') {
    const prefix = /^(.+?)(?::\*| \*)$/s.exec(content)?.[1]
    return prefix === undefined ? { key: 'command', what: content } : { key: 'commandsLike', what: prefix }
  }
  const host = /^domain:(.+)$/.exec(content)?.[1]
  if (host !== undefined) return { key: 'host', what: host }
  const deed = EDITS.has(tool) ? 'edit' : tool === 'Read' ? 'read' : null
  if (deed === null) return { key: 'other', what: content }
  const path = content.replace(/^\/(?=\/)/, '')
  const what = path.replace(/\/\*\*?$/, '')
  if (what === '.') return { key: `${deed}Here`, what }
  return { key: what === path ? `${deed}One` : `${deed}In`, what: what.replace(/^\.\//, '') }
}
