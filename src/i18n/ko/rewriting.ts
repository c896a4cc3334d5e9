// A prompt that is written anew: where it goes, and what Claude then does not know.
import type words from '../en/rewriting.ts'

export default {
  send: '다시 보내기',
  hint: '이 요청 앞으로 되돌아갑니다. 그 뒤의 내용은 읽을 수 있게 남지만 Claude는 잊습니다.',
} satisfies typeof words
