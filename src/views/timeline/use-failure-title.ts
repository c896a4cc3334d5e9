// The sentence at the head of an error card.
import { useI18n } from 'vue-i18n'
import { useFormat } from '../../i18n/use-format.ts'
import type { Outcome, Trouble } from '../../timeline/timeline.ts'
import { visibleText } from '../../timeline/visible-text.ts'
import { outcomeWords, troubleWords } from './trouble-words.ts'

/** How long silence must have lasted to be told, ms. */
const QUIET_MS = 60_000
const MOST_CHARS = 400

export function useFailureTitle() {
  const { t } = useI18n()
  const format = useFormat()

  /** `now`: ms since 1970. */
  return (failure: Trouble | Outcome, now: number): string => {
    if (failure.kind === 'trouble') {
      const { key } = troubleWords(failure)
      if (key === 'other') return visibleText(failure.text).slice(0, MOST_CHARS)
      return t(`timeline.trouble.${key}`, { time: format.value.age(Math.max(QUIET_MS, now - failure.at)) })
    }
    const key = outcomeWords(failure)?.key
    if (key === undefined) return ''
    return key === 'other' ? t('errors.turnFailed') : t(`timeline.trouble.${key}`, { time: format.value.age(failure.durationMs ?? 0) })
  }
}
