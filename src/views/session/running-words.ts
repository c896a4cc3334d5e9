// What Claude does right now in one short line, for the panel and the phone's strip.
import { useI18n } from 'vue-i18n'
import type { ToolTarget } from '../../timeline/describe-tool.ts'
import type { RunningSummary } from '../../timeline/running-summary.ts'
import { visibleText } from '../../timeline/visible-text.ts'

export type RunningTone = 'running' | 'waiting' | 'stalled' | 'failed' | 'stopped' | 'done' | 'none'

export function useRunningWords(): (summary: RunningSummary) => { tone: RunningTone; words: string; target: string | null } {
  const { t } = useI18n()
  return ({ state, activity, steps }) => {
    const line = (tone: RunningTone, words: string, target: string | null = null) => ({ tone, words: visibleText(words), target: target && visibleText(target) })
    if (state === 'waiting') return line('waiting', t('session.needsAnswer'))
    if (state === 'stalled') return line('stalled', t('timeline.stalled'))
    if (state === 'failed') return line('failed', t('errors.turnFailed'))
    if (state === 'interrupted' || state === 'stopped') return line('stopped', t('timeline.stopped'))
    if (state === 'done') return line('done', t('session.doneNothingRuns'))
    if (state === 'idle' || activity === null) return line('none', t('session.nothingRuns'))
    if (steps?.current) return line('running', steps.current)
    if (activity.kind === 'answering') return line('running', t('session.writing'))
    if (activity.kind === 'thinking' || activity.kind === 'starting') return line('running', t('session.thinking'))
    const { verb, target } = activity.call
    return line('running', t(`tools.verb.${verb}.now`), target === null ? activity.part.tool : targetText(target))
  }
}

function targetText(target: ToolTarget): string {
  if (target.kind === 'path') return target.path
  if (target.kind === 'page') return target.host + target.rest
  return target.kind === 'mcp' ? `${target.server} · ${target.tool}` : target.text
}
