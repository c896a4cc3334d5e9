// A trouble in the words of the reader: what happened, what was kept, what to do.
import { useI18n } from 'vue-i18n'
import { TURN_RUNNING } from '#protocol'

const reasonOf = (details: unknown) => (details as { reason?: unknown } | null | undefined)?.reason

export function useTroubleWords(): (trouble: { code: string; details?: unknown }) => string {
  const { t, te } = useI18n()
  return ({ code, details }) => {
    if (code === 'UNREACHABLE' || code === 'TIMEOUT') return t('errors.unreachable')
    if (reasonOf(details) === TURN_RUNNING) return t('errors.turnRunning')
    const key = reasonOf(details) === 'copies' ? 'panel.deeds.copies' : `errors.code.${code}`
    return te(key) ? t(key) : t('errors.unexpected')
  }
}
