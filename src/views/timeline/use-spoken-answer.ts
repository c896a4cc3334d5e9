// What a screen reader is told of an answer being written: its start and end, on request a sentence every four seconds.
import { ref, watch, type Ref } from 'vue'
import { useI18n } from 'vue-i18n'
import { useFormat } from '../../i18n/use-format.ts'
import type { TextPart, Timeline } from '../../timeline/timeline.ts'
import { nextSentence } from './spoken-sentence.ts'

const EVERY_MS = 4_000

type SpokenSource = { timeline: Timeline; mode: 'sentences' | 'start-and-end' | 'off'; now: number }

export function useSpokenAnswer(source: () => SpokenSource): Ref<string> {
  const { t } = useI18n()
  const format = useFormat()
  const said = ref('')
  let saidAt = -Infinity
  let of = ''
  let upTo = 0
  let running: string | null = null

  watch(source, ({ timeline, mode, now }) => {
    const before = running
    running = timeline.runningId
    if (mode === 'off') return void (said.value = '')
    if (before !== null && running !== before) {
      const ended = timeline.executions.findLast((each) => each.id === before)
      if (ended?.status === 'completed' && ended.startedAt !== null && ended.endedAt !== null) said.value = t('timeline.spoken.answered', { time: format.value.duration(ended.endedAt - ended.startedAt) })
      else said.value = t('timeline.spoken.ended')
      return
    }
    const open = running === null ? null : openText(timeline)
    if (!open) return
    if (of === '') said.value = t('timeline.spoken.answering')
    if (open.key !== of) {
      of = open.key
      upTo = 0
    }
    if (mode !== 'sentences' || now - saidAt < EVERY_MS) return
    const sentence = nextSentence(open.text, upTo)
    if (!sentence) return
    said.value = sentence.words
    saidAt = now
    upTo = sentence.end
  })
  // The next turn is announced anew.
  watch(() => source().timeline.runningId, () => (of = ''))
  return said
}

/** The block of the answer that is being written, not that of an agent. */
function openText(timeline: Timeline): TextPart | null {
  const turn = timeline.items.at(-1)
  if (turn?.kind !== 'turn') return null
  const part = turn.parts.findLast((each) => each.kind === 'text' && each.open)
  return part?.kind === 'text' ? part : null
}
