// What a row says of the todo list: planned, begun, or how much of it is done.
import { useI18n } from 'vue-i18n'

export function useTaskWords() {
  const { t } = useI18n()
  return (total: number, done: number, planned = true): string => {
    if (done > 0) return t('tools.tasksDone', { done, n: total }, total)
    return planned ? t('tools.plannedTasks', { n: total }, total) : t('tools.updatedTasks', { n: 1 }, 1)
  }
}
