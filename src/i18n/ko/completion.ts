// What completes a message: above the composer.
import type words from '../en/completion.ts'

export default {
  files: '파일',
  commands: '명령',
  noFile: '맞는 파일이 없습니다',
  noCommand: '맞는 명령이 없습니다',
} satisfies typeof words
