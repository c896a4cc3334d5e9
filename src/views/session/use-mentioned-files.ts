// The session's own files in the list that opens after @: one that is picked goes along with the prompt, and is named in it as Claude finds it.
import { ChevronDown, Paperclip } from '@lucide/vue'
import { onScopeDispose, ref, watch } from 'vue'
import { useI18n } from 'vue-i18n'
import { useFormat } from '../../i18n/use-format.ts'
import { findFiles } from '../files/arrange-files.ts'
import type { ListedFile } from '../files/group-files.ts'
import { useAttachFiles } from '../files/use-attach-files.ts'
import type { Completion, CompletionItem } from './use-completion.ts'
import { useSessionFiles } from './use-session-files.ts'

/** Those of the folder are to be seen as well. */
const FIRST = 4
/** So many more for each who asks. */
const MORE = 50

export function useMentionedFiles({ store, sessionId, token, ofSession }: Pick<Completion, 'store' | 'sessionId' | 'token' | 'ofSession'>): void {
  const { t } = useI18n()
  const format = useFormat()
  const attach = useAttachFiles(sessionId)
  const { files, hasMore, all } = useSessionFiles(store, sessionId)
  const most = ref(FIRST)

  const pathOf = ({ folder, filename }: ListedFile) => (folder ? `${folder}/${filename}` : filename)

  function itemOf(file: ListedFile, shown: readonly ListedFile[]): CompletionItem {
    const path = pathOf(file)
    // Two of one name are told apart by when they came.
    const isOne = shown.every((each) => each === file || pathOf(each) !== path)
    const about = isOne ? format.value.size(file.size) : `${format.value.size(file.size)} · ${format.value.fullTime(file.created_at ?? 0)}`
    return {
      ...{ id: `file:${file.file_id}`, label: path, mono: true, icon: Paperclip },
      detail: t('completion.ofSession', { size: about }),
      insert: /\s/.test(path) ? `"${path}"` : path,
      picked: () => void attach([file], files.value ?? []),
    }
  }

  const more = (count: number): CompletionItem => ({
    ...{ id: 'more', label: hasMore.value ? t('completion.moreOfSession') : t('completion.countOfSession', { n: format.value.number(count) }, count), icon: ChevronDown },
    insert: null,
    picked() {
      most.value += MORE
      if (hasMore.value) void all()
    },
  })

  function offered(sought: string): CompletionItem[] {
    const found = findFiles(files.value ?? [], sought)
    const shown = found.slice(0, most.value)
    return [...shown.map((file) => itemOf(file, shown)), ...(shown.length < found.length || (hasMore.value && shown.length > 0) ? [more(found.length - shown.length)] : [])]
  }

  watch([() => (token.value?.sought ?? '') !== '', hasMore], ([seeks, has]) => seeks && has && void all(), { immediate: true })
  watch([() => token.value?.from, () => token.value?.sought], () => (most.value = FIRST))
  watch([token, files, hasMore, most], () => (ofSession.value = token.value === null ? [] : offered(token.value.sought)), { immediate: true })
  onScopeDispose(() => (ofSession.value = []))
}
