// The beginning of a file as text, and more of it on request: a log of a gigabyte is read by those who open it, not by the page.
import { computed, ref, shallowRef } from 'vue'
import { useTroubleWords } from '../shell/use-trouble-words.ts'
import { decodeText } from './decode-text.ts'
import { useFileSource, type PreviewFile } from './preview.ts'

const PART_BYTES = 256 * 1024

export function useTextParts(file: () => PreviewFile) {
  const wordsOf = useTroubleWords()
  const { part } = useFileSource()
  const bytes = shallowRef<Uint8Array | null>(null)
  const problem = ref<string | null>(null)
  const loading = ref(false)

  const isWhole = computed(() => bytes.value !== null && bytes.value.byteLength >= file().size)
  const decoded = computed(() => (bytes.value === null ? null : decodeText(bytes.value, isWhole.value)))

  async function more(): Promise<void> {
    if (loading.value) return
    // Of an empty file there is no part to ask for.
    if (file().size === 0) return void (bytes.value = new Uint8Array())
    loading.value = true
    problem.value = null
    const before = bytes.value ?? new Uint8Array()
    const outcome = await part(file().file_id, before.byteLength, before.byteLength + PART_BYTES)
    loading.value = false
    if (!outcome.ok) {
      problem.value = wordsOf(outcome.trouble)
      return
    }
    const joined = new Uint8Array(before.byteLength + outcome.data.byteLength)
    joined.set(before)
    joined.set(outcome.data, before.byteLength)
    bytes.value = joined
  }

  return {
    /** Whatever it is called: asking again does not help. */
    isNoText: computed(() => bytes.value !== null && decoded.value === null),
    text: computed(() => decoded.value?.text ?? ''),
    encoding: computed(() => decoded.value?.encoding ?? null),
    /** null: nothing has come yet. */
    shownBytes: computed(() => bytes.value?.byteLength ?? null),
    ...{ isWhole, problem, loading, more },
  }
}
