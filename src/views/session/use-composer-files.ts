// The composer's way to the files that go with its prompt: they come a moment after it, what is brought before waits for them.
import { useTemplateRef } from 'vue'
import type { GivenFiles, PromptFiles } from './prompt-files.ts'

/** `files`: the template ref of the part that keeps them. */
export function useComposerFiles(mayUpload: () => boolean) {
  const files = useTemplateRef<PromptFiles>('files')
  const early: GivenFiles[] = []

  function attach(given: GivenFiles): void {
    if (files.value) files.value.take(given)
    else early.push(given)
  }

  /** Files are taken out of what is pasted, text is left to the field. */
  function paste(event: ClipboardEvent): void {
    const pasted = [...(event.clipboardData?.files ?? [])]
    if (pasted.length === 0 || !mayUpload()) return
    event.preventDefault()
    attach({ pasted })
  }

  return { files, early, attach, paste }
}
