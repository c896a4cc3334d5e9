// A trouble in the words of the reader: what happened, what was kept, what to do.
import { useI18n } from 'vue-i18n'

export function useTroubleWords(): (trouble: { code: string }) => string {
  const { t, te } = useI18n()
  return ({ code }) => {
    if (code === 'UNREACHABLE' || code === 'TIMEOUT') return t('errors.unreachable')
    return te(`errors.code.${code}`) ? t(`errors.code.${code}`) : t('errors.unexpected')
  }
}
