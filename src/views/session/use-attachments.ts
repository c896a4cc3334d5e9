// Files that go with the next prompt: uploaded at once, shown with a picture where they are one.
import { computed, onScopeDispose, shallowRef, watch } from 'vue'
import { LIMITS } from '#protocol'
import { useServices } from '../../stores/use-services.ts'
import { useConnectionStore } from '../../stores/use-connection-store.ts'
import type { SentFile } from './use-pictures.ts'

export type AttachedFile = {
  key: number
  name: string
  size: number
  type: string
  /** An address of this page, for pictures. */
  preview: string | null
  state: 'uploading' | 'done' | 'failed' | 'too-large'
  fileId: string | null
  trouble: { code: string } | null
}

/** `deleted`: the files of the session that are gone from the relay, by id; `handOver`: what went out with a prompt is shown there with its picture; whoever is told owns the picture's address. */
export function useAttachments(sessionId: string, deleted: () => readonly string[], handOver: (file: SentFile) => void) {
  const { rest } = useServices()
  const link = useConnectionStore()
  const files = shallowRef<readonly AttachedFile[]>([])
  const uploads = new Map<number, AbortController>()
  let next = 0

  const change = (key: number, part: Partial<AttachedFile>) => (files.value = files.value.map((each) => (each.key === key ? { ...each, ...part } : each)))

  function add(chosen: Iterable<File>): void {
    for (const file of chosen) {
      if (files.value.length >= LIMITS.attachments) return
      const key = next++
      const tooLarge = file.size > (link.connected()?.limits.upload_bytes ?? Infinity)
      const preview = file.type.startsWith('image/') ? URL.createObjectURL(file) : null
      files.value = [...files.value, { key, name: file.name, size: file.size, type: file.type, preview, state: tooLarge ? 'too-large' : 'uploading', fileId: null, trouble: null }]
      if (!tooLarge) void upload(key, file)
    }
  }

  /** Files are taken out of what is pasted, text is left to the field. */
  function paste(event: ClipboardEvent): void {
    const pasted = [...(event.clipboardData?.files ?? [])]
    if (pasted.length === 0) return
    event.preventDefault()
    add(pasted)
  }

  async function upload(key: number, file: File): Promise<void> {
    const abort = new AbortController()
    uploads.set(key, abort)
    const outcome = await rest.files.upload(file, sessionId, abort.signal)
    uploads.delete(key)
    if (outcome.ok) change(key, { state: 'done', fileId: outcome.data.file_id })
    else if (outcome.trouble.code !== 'ABORTED') change(key, { state: 'failed', trouble: outcome.trouble })
  }

  /** Also from the relay: what is not sent need not stay there. */
  function remove(key: number): void {
    uploads.get(key)?.abort()
    const file = files.value.find((each) => each.key === key)
    if (file?.fileId) void rest.files.remove(file.fileId)
    forget(key)
  }

  function forget(key: number): void {
    const file = files.value.find((each) => each.key === key)
    if (file?.preview) URL.revokeObjectURL(file.preview)
    files.value = files.value.filter((each) => each.key !== key)
  }

  /** They went out with a prompt: gone from here, kept there. */
  function sent(ids: readonly string[]): void {
    for (const { fileId, name, size, type, preview } of files.value) if (fileId && ids.includes(fileId)) handOver({ fileId, name, size, content_type: type, url: preview })
    files.value = files.value.filter((each) => !each.fileId || !ids.includes(each.fileId))
  }

  function forgetAll(): void {
    for (const { key } of files.value) forget(key)
  }

  // Deleted elsewhere, by whomever: nothing is left there to be sent, or to be taken off.
  watch(deleted, (ids) => {
    for (const { key, fileId } of files.value) if (fileId && ids.includes(fileId)) forget(key)
  }, { flush: 'sync' })

  onScopeDispose(() => {
    for (const abort of uploads.values()) abort.abort()
    forgetAll()
  })

  return {
    files,
    add,
    paste,
    remove,
    sent,
    ids: computed(() => files.value.flatMap((each) => each.fileId ?? [])),
    isReady: computed(() => files.value.every((each) => each.state === 'done')),
  }
}
