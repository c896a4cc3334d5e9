// The session's own files in the list that opens after @: one that is picked goes along with the prompt, and is named in it as Claude finds it.
import { Paperclip } from '@lucide/vue'
import { onScopeDispose, watch } from 'vue'
import { useI18n } from 'vue-i18n'
import { useFormat } from '../../i18n/use-format.ts'
import { findFiles } from '../files/arrange-files.ts'
import type { ListedFile } from '../files/group-files.ts'
import { useAttachFiles } from '../files/use-attach-files.ts'
import type { Completion, CompletionItem } from './use-completion.ts'
import { useSessionFiles } from './use-session-files.ts'

/** Those of the folder are to be seen as well. */
const MOST = 4

export function useMentionedFiles({ store, sessionId, token, ofSession }: Pick<Completion, 'store' | 'sessionId' | 'token' | 'ofSession'>): void {
  const { t } = useI18n()
  const format = useFormat()
  const attach = useAttachFiles(sessionId)
  const { files, hasMore, all } = useSessionFiles(store, sessionId)

  const pathOf = ({ folder, filename }: ListedFile) => (folder ? `${folder}/${filename}` : filename)

  function itemOf(file: ListedFile, _at: number, found: readonly ListedFile[]): CompletionItem {
    const path = pathOf(file)
    // Two of one name are told apart by when they came.
    const isOne = found.every((each) => each === file || pathOf(each) !== path)
    const about = isOne ? format.value.size(file.size) : `${format.value.size(file.size)} · ${format.value.fullTime(file.created_at ?? 0)}`
    return {
      ...{ id: `file:${file.file_id}`, label: path, mono: true, icon: Paperclip },
      detail: t('completion.ofSession', { size: about }),
      insert: /\s/.test(path) ? `"${path}"` : path,
      picked: () => void attach([file], files.value ?? []),
    }
  }

  watch([() => (token.value?.sought ?? '') !== '', hasMore], ([seeks, more]) => seeks && more && void all(), { immediate: true })
  watch([token, files], () => (ofSession.value = token.value === null ? [] : findFiles(files.value ?? [], token.value.sought).slice(0, MOST).map(itemOf)), { immediate: true })
  onScopeDispose(() => (ofSession.value = []))
}
