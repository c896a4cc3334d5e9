// The way to a new session, the same wherever the list of them stands: asks where, if that is a question, and goes there.
import { ref } from 'vue'
import { useI18n } from 'vue-i18n'
import { useRouter } from 'vue-router'
import { useSessionsStore } from '../../stores/use-sessions-store.ts'
import { useWorkspacesStore } from '../../stores/use-workspaces-store.ts'
import { useToasts } from '../shell/toasts.ts'
import { useTroubleWords } from '../shell/use-trouble-words.ts'

export function useNewSession() {
  const { t } = useI18n()
  const router = useRouter()
  const sessions = useSessionsStore()
  const workspaces = useWorkspacesStore()
  const toasts = useToasts()
  const wordsOf = useTroubleWords()
  const creating = ref(false)
  const choosing = ref(false)

  function begin() {
    if (creating.value) return
    if (workspaces.list.length > 1) choosing.value = true
    else void beginIn()
  }

  async function beginIn(workspaceId?: string) {
    if (creating.value) return
    creating.value = true
    const outcome = await sessions.create({ workspace_id: workspaceId })
    if (outcome.ok) {
      // What is typed next is for the composer, which takes the focus: a space must not press the button again.
      ;(document.activeElement as HTMLElement).blur()
      await router.push({ name: 'session', params: { id: outcome.data.session_id } })
    } else toasts.show({ message: t('sessions.notCreated', { reason: wordsOf(outcome.trouble) }) })
    creating.value = false
  }

  return [choosing, begin, beginIn, creating] as const
}
