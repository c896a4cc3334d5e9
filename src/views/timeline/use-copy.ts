// What C and the copy buttons put on the clipboard: a stretch of Claude's work as Markdown, of other rows their text.
import { useClipboard } from '@vueuse/core'
import { useI18n } from 'vue-i18n'
import { particle } from '../../i18n/particles.ts'
import type { Timeline } from '../../timeline/timeline.ts'
import { turnMarkdown } from '../../timeline/turn-markdown.ts'
import { copyTextOf } from './row-facts.ts'
import type { TimelineRow } from './timeline-view.ts'

export function useCopy(timeline: () => Timeline) {
  const { t } = useI18n()
  const { copy, copied } = useClipboard({ legacy: true })
  const word = (key: string, values: Record<string, unknown> = {}) =>
    t(key, typeof values['what'] === 'string' ? { ...values, particle: particle(values['what'], '을/를') } : values)

  function textOf(row: TimelineRow): string {
    if (row.kind !== 'turn') return copyTextOf(row)
    const turn = timeline().items.find((item) => item.key === row.key)
    return turn?.kind === 'turn' ? turnMarkdown(turn, word) : ''
  }

  return {
    copied,
    /** False when there is nothing in it: then what was copied before stays. */
    copyRow(row: TimelineRow): boolean {
      const text = textOf(row)
      if (text === '') return false
      void copy(text)
      return true
    },
  }
}
