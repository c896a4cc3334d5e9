// Files on their way.
import type words from '../en/uploads.ts'

export default {
  download: '내려받기',
} satisfies typeof words
