// What a row says of the todo list: planned, or how much of it is done.
import { useI18n } from 'vue-i18n'

export function useTaskWords() {
  const { t } = useI18n()
  return (total: number, done: number): string => (done > 0 ? t('tools.tasksDone', { done, n: total }, total) : t('tools.plannedTasks', { n: total }, total))
}
