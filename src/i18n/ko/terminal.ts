// Sessions that were begun in a terminal.
import type words from '../en/terminal.ts'

export default {
  title: '터미널에서 시작한 세션',
  hint: '누르면 여기서 이어서 작업합니다. 공유하기 전까지 본인만 볼 수 있고, 터미널에는 영향을 주지 않습니다.',
  messages: '메시지 {n}개',
  taken: '여기에 열려 있음',
  more: '더 보기',
  notTaken: '가져오지 못했습니다. {reason}',
  notLoaded: '터미널에서 시작한 세션을 불러오지 못했습니다. {reason}',
} satisfies typeof words
