// What C and the copy buttons put on the clipboard: a stretch of Claude's work as Markdown, of other rows their text.
import { useClipboard } from '@vueuse/core'
import { useI18n } from 'vue-i18n'
import { particle } from '../../i18n/particles.ts'
import type { Timeline } from '../../timeline/timeline.ts'
import { copyTextOf } from './row-facts.ts'
import type { TimelineRow } from './timeline-view.ts'

export function useCopy(timeline: () => Timeline) {
  const { t } = useI18n()
  const { copy, copied } = useClipboard({ legacy: true })
  const word = (key: string, values: Record<string, unknown> = {}) =>
    t(key, typeof values['what'] === 'string' ? { ...values, particle: particle(values['what'], '을/를') } : values)

  /** A stretch of work is put into Markdown by a part of the page that comes later. */
  async function textOfTurn(key: string): Promise<string> {
    const { turnMarkdown } = await import('../../timeline/turn-markdown.ts')
    const turn = timeline().items.find((item) => item.key === key)
    return turn?.kind === 'turn' ? turnMarkdown(turn, word) : ''
  }

  /** What was copied before stays when there is nothing in this. */
  function put(text: string, done?: () => void): boolean {
    if (text === '') return false
    void copy(text)
    done?.()
    return true
  }

  return {
    copied,
    /** False when there is nothing in it; of a stretch of work that is known only when its words are made. */
    copyRow(row: TimelineRow, done?: () => void): boolean {
      if (row.kind !== 'turn') return put(copyTextOf(row), done)
      void textOfTurn(row.key).then((text) => put(text, done), () => undefined)
      return true
    },
  }
}
