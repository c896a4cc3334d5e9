// What fills the sentence of a settled card, in the reader's language.
import { useI18n } from 'vue-i18n'
import { particle } from '../../i18n/particles.ts'
import type { Ask } from '../../timeline/timeline.ts'
import { askedWords } from './asked-words.ts'

export function useAskedWords() {
  const { t } = useI18n()

  /** `isCode`: `what` is as Claude wrote it. */
  return (ask: Ask, workspace: string) => {
    const { rule, ...words } = askedWords(ask, workspace)
    // In the middle of the sentence a rule does not begin with a capital.
    const what = rule === null ? words.what : t(`asking.rule.${rule.key}`, { what: rule.what }).replace(/^./, (letter) => letter.toLowerCase())
    return { ...words, what, isCode: rule === null, particle: particle(what, '을/를') }
  }
}
