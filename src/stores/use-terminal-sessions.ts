// What was begun with Claude in a terminal, by workspace: asked for when it is wanted, and taken over into sessions.
import { computed, ref, shallowRef } from 'vue'
import type { TerminalSession, Workspace } from '#protocol'
import type { Outcome, Trouble } from '../connection/connection.ts'
import { createSearchRest } from '../connection/search-rest.ts'
import { useServices } from './use-services.ts'
import { useSessionsStore } from './use-sessions-store.ts'
import { useWorkspacesStore } from './use-workspaces-store.ts'

const PAGE = 20

export type TerminalGroup = { workspace: Workspace; sessions: readonly TerminalSession[]; next: string | null }

export function useTerminalSessions() {
  const api = createSearchRest(useServices().rest)
  const sessions = useSessionsStore()
  const workspaces = useWorkspacesStore()
  const groups = shallowRef<readonly TerminalGroup[]>([])
  const any = ref(false)
  const loading = ref(false)
  const trouble = shallowRef<Trouble | null>(null)
  const folders = computed(() => workspaces.list)

  /** Whether there are any at all: a group that leads to nothing is not shown. */
  async function look(): Promise<void> {
    for (const { id } of folders.value) {
      const answer = await api.terminalSessions(id, { limit: 1 })
      if (!answer.ok || answer.data.sessions.length === 0) continue
      any.value = true
      return
    }
  }

  async function load(): Promise<void> {
    loading.value = true
    trouble.value = null
    const found: TerminalGroup[] = []
    for (const workspace of folders.value) {
      const answer = await api.terminalSessions(workspace.id, { limit: PAGE })
      if (!answer.ok) trouble.value = answer.trouble
      else if (answer.data.sessions.length > 0) found.push({ workspace, ...answer.data })
    }
    groups.value = found
    loading.value = false
  }

  async function more(of: TerminalGroup): Promise<void> {
    if (of.next === null) return
    const answer = await api.terminalSessions(of.workspace.id, { limit: PAGE, cursor: of.next })
    if (!answer.ok) return void (trouble.value = answer.trouble)
    const { sessions: later, next } = answer.data
    groups.value = groups.value.map((each) => (each.workspace.id === of.workspace.id ? { ...each, sessions: [...each.sessions, ...later], next } : each))
  }

  /** The session that goes on from it, which is in the list then. */
  async function take(workspaceId: string, { conversation_id: conversation }: TerminalSession): Promise<Outcome<{ session_id: string }>> {
    const answer = await api.importTerminal(workspaceId, conversation)
    if (!answer.ok) return answer
    const { session_id } = answer.data
    groups.value = groups.value.map((group) => ({ ...group, sessions: group.sessions.map((each) => (each.conversation_id === conversation ? { ...each, session_id } : each)) }))
    await sessions.refresh(session_id)
    return answer
  }

  return { groups, any, loading, trouble, look, load, more, take }
}
