// The list above the field: files after @, commands after /, moved in and chosen by keys while the focus stays in the field.
import { File, Folder } from '@lucide/vue'
import { computed, nextTick, ref, shallowRef, watch, type Component } from 'vue'
import { useI18n } from 'vue-i18n'
import type { SessionStore } from '../../stores/use-session-store.ts'
import { useWorkspacesStore } from '../../stores/use-workspaces-store.ts'
import { replaceToken, tokenAt, type Token } from './completion-token.ts'
import { LOCAL_COMMANDS, RIGHT_OF } from './local-command.ts'

/** `picked`: what else is done with it. `insert` null: it puts nothing in, and the list stays. */
export type CompletionItem = { id: string; label: string; detail?: string; icon?: Component; mono?: boolean; insert: string | null; picked?: () => void }

/** The id of the list: the field points to it. */
export const COMPLETIONS_ID = 'composer-completions'

export type Completion = ReturnType<typeof useCompletion>

export function useCompletion(dependencies: { store: SessionStore; sessionId: string; element: () => HTMLTextAreaElement | null }) {
  const { store, sessionId, element } = dependencies
  const { t } = useI18n()
  const workspaces = useWorkspacesStore()
  const token = shallowRef<Token | null>(null)
  const files = shallowRef<readonly CompletionItem[]>([])
  /** Before those of the folder; whoever draws the list finds them. */
  const ofSession = shallowRef<readonly CompletionItem[]>([])
  const active = ref(0)
  /** Where the reader said no: the list stays away until the token is another one. */
  const dismissedFrom = ref<number | null>(null)

  const commands = computed<readonly CompletionItem[]>(() => {
    const ours = LOCAL_COMMANDS.filter((name) => store.may(RIGHT_OF[name])).map((name) => ({ name, detail: t(`completion.command.${name}`) }))
    const known = new Set<string>(LOCAL_COMMANDS)
    const theirs = (workspaces.offers.get(sessionId)?.commands ?? []).filter((each) => !known.has(each.name)).map((each) => ({ name: each.name, detail: each.description }))
    return [...ours, ...theirs].map(({ name, detail }) => ({ id: name, label: `/${name}`, detail, insert: `/${name}` }))
  })
  const items = computed<CompletionItem[]>(() => {
    if (token.value === null) return []
    if (token.value.kind === 'file') return [...ofSession.value, ...files.value]
    const sought = token.value.sought.toLowerCase()
    const starts = commands.value.filter((each) => each.id.toLowerCase().startsWith(sought))
    return [...starts, ...commands.value.filter((each) => !starts.includes(each) && each.id.toLowerCase().includes(sought))]
  })
  const isOpen = computed(() => token.value !== null && dismissedFrom.value !== token.value.from)

  /** What the field says of itself to those who hear it. */
  const combobox = computed(() => ({
    role: 'combobox',
    'aria-autocomplete': 'list' as const,
    'aria-expanded': isOpen.value,
    'aria-controls': isOpen.value ? COMPLETIONS_ID : undefined,
    'aria-activedescendant': isOpen.value && items.value.length > 0 ? `${COMPLETIONS_ID}-${active.value}` : undefined,
  }))

  watch(
    () => token.value && { kind: token.value.kind, sought: token.value.sought },
    async (now, before) => {
      if (now?.kind === before?.kind && now?.sought === before?.sought) return
      active.value = 0
      const workspaceId = store.row?.workspace_id
      if (now?.kind !== 'file' || workspaceId === undefined) return
      const outcome = await workspaces.complete(workspaceId, now.sought)
      if (!outcome.ok || token.value?.sought !== now.sought) return
      files.value = outcome.data.paths.map(({ path, kind }) => {
        const whole = kind === 'folder' && !path.endsWith('/') ? `${path}/` : path
        return { id: whole, label: whole, mono: true, icon: kind === 'folder' ? Folder : File, insert: `@${whole}` }
      })
    },
  )

  /** After each move of the caret and each change. */
  function look(): void {
    const field = element()
    token.value = field === null || field.selectionStart !== field.selectionEnd ? null : tokenAt(field.value, field.selectionStart)
    if (token.value === null) dismissedFrom.value = null
  }

  function close(): void {
    dismissedFrom.value = token.value?.from ?? null
  }

  async function pick(item: CompletionItem): Promise<void> {
    const field = element()
    if (token.value === null || field === null) return
    if (item.insert === null) return item.picked?.()
    const { text, caret } = replaceToken(store.draft, token.value, item.insert)
    store.setDraft(text)
    await nextTick()
    field.focus()
    field.setSelectionRange(caret, caret)
    look()
    item.picked?.()
  }

  /** Types the character that opens the list, where the caret stands. */
  async function begin(character: '@'): Promise<void> {
    const field = element()
    if (field === null) return
    const at = field.selectionStart
    const glue = at > 0 && !/\s/.test(store.draft[at - 1] ?? '') ? ' ' : ''
    store.setDraft(store.draft.slice(0, at) + glue + character + store.draft.slice(at))
    await nextTick()
    field.focus()
    field.setSelectionRange(at + glue.length + 1, at + glue.length + 1)
    look()
  }

  /** True when the key was for the list. */
  function press(event: KeyboardEvent): boolean {
    if (!isOpen.value) return false
    const count = items.value.length
    if (event.key === 'Escape') {
      close()
      return true
    }
    if (count === 0) return false
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      active.value = (active.value + (event.key === 'ArrowDown' ? 1 : count - 1)) % count
      return true
    }
    const item = items.value[active.value]
    if ((event.key === 'Enter' && !event.shiftKey) || event.key === 'Tab') {
      // A command that is written out is sent by Enter, not completed once more.
      if (!item || (event.key === 'Enter' && token.value?.kind === 'command' && item.id === token.value.sought)) return false
      void pick(item)
      return true
    }
    return false
  }

  function hover(index: number): void {
    active.value = index
  }

  return { store, sessionId, token, ofSession, items, active, isOpen, combobox, look, close, pick, begin, press, hover }
}
