// A call's row in words, for those who listen: "Edited receive-booking.ts, 9 added, 2 removed".
import { useI18n } from 'vue-i18n'
import { useFormat } from '../../i18n/use-format.ts'
import type { ToolDescription, ToolFigure, ToolTarget } from '../../timeline/describe-tool.ts'
import { useTaskWords } from './use-task-words.ts'

export function useToolLabel() {
  const { t } = useI18n()
  const format = useFormat()
  const taskWords = useTaskWords()

  function figure(each: ToolFigure): string {
    switch (each.kind) {
      case 'added':
        return t('tools.added', { n: each.value }, each.value)
      case 'removed':
        return t('tools.removed', { n: each.value }, each.value)
      case 'exit':
        return t('tools.exit', { code: each.value })
      case 'lines':
        return t('tools.lines', { n: each.value }, each.value)
      case 'hits':
        return t('tools.hits', { n: each.value }, each.value)
      case 'tools':
        return t('tools.count', { n: each.value }, each.value)
      case 'tasks':
        return taskWords(each.value, each.done, each.planned)
      case 'cell':
        return t('tools.cell', { n: each.name })
      case 'duration':
        return format.value.duration(each.ms)
    }
  }

  return (said: ToolDescription, state: string): string => {
    const verb = t(`tools.verb.${said.verb}.${said.tense}`)
    const failed = state === 'failed' ? [said.reason || t('tools.failed')] : state === 'stopped' && said.tense !== 'not' ? [t('tools.stopped')] : []
    return [`${verb} ${targetText(said.target)}`.trim(), ...failed, ...said.figures.map(figure)].join(', ')
  }
}

/** The target in one short piece of text. */
export function targetText(target: ToolTarget | null): string {
  if (target === null) return ''
  if (target.kind === 'path') return target.path.split('/').findLast((part) => part !== '') ?? target.path
  if (target.kind === 'page') return target.host
  if (target.kind === 'mcp') return `${target.server} · ${target.tool}`
  return target.text
}
