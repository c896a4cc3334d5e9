// What completes a message: above the composer.
import type words from '../en/completion.ts'

export default {
  files: '파일',
  commands: '명령',
  ofSession: '이 세션 · {size}',
  moreOfSession: '이 세션의 파일 더 보기',
  countOfSession: '이 세션의 파일 {n}개 더 보기',
  noFile: '맞는 파일이 없습니다',
  noCommand: '맞는 명령이 없습니다',
  command: {
    note: '사람끼리만 읽는 메모',
    clear: '새로 시작: Claude가 나눈 말을 잊습니다',
    compact: '자리를 만들려고 대화를 요약합니다',
    fork: '이 세션을 복사해 거기서 이어 갑니다',
    rename: '세션 이름을 바꿉니다',
  },
} satisfies typeof words
