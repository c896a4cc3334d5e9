// Files on their way.
import type words from '../en/uploads.ts'

export default {
  done: '{size} · {name}, {time}',
  download: '내려받기',
} satisfies typeof words
