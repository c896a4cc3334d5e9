// Draws nothing: while it is there, the list above the field has the session's own files in it.
import { defineComponent, type PropType } from 'vue'
import type { Completion } from './use-completion.ts'
import { useMentionedFiles } from './use-mentioned-files.ts'

export default defineComponent({
  props: { completion: { type: Object as PropType<Completion>, required: true } },
  setup({ completion }) {
    useMentionedFiles(completion)
    return () => null
  },
})
