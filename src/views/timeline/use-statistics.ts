// The figures of a turn in their fixed order, least important last.
import { computed, type ComputedRef } from 'vue'
import { useI18n } from 'vue-i18n'
import { useFormat } from '../../i18n/use-format.ts'
import type { Outcome } from '../../timeline/timeline.ts'

type Figure = { text: string; lead: boolean }

export function useStatistics(source: () => Outcome): ComputedRef<Figure[]> {
  const { t } = useI18n()
  const format = useFormat()
  return computed(() => {
    const { stats, status, durationMs } = source()
    const f = format.value
    const figures: Figure[] = []
    const add = (text: string, lead = false) => figures.push({ text, lead })
    if (status === 'completed' && durationMs !== null) add(t('session.stats.doneIn', { time: f.duration(durationMs) }), true)
    if (!stats) return figures
    if (status !== 'completed' && durationMs !== null) add(f.duration(durationMs))
    add(f.cost(stats.cost_usd))
    const read = stats.input_tokens + stats.cache_read_tokens + stats.cache_write_tokens
    add(t('session.stats.inOut', { in: f.tokens(read), out: f.tokens(stats.output_tokens) }))
    if (read > 0) add(t('session.stats.cache', { share: f.percent(stats.cache_read_tokens / read) }))
    add(t('session.stats.turns', { n: stats.num_turns }, stats.num_turns))
    if (stats.ttft_ms) add(t('session.stats.firstToken', { time: f.duration(stats.ttft_ms) }))
    return figures
  })
}
