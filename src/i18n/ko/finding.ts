// Finding in the conversation that is read.
import type words from '../en/finding.ts'

export default {
  label: '세션에서 찾기',
  none: '찾은 내용 없음',
  searching: '찾는 중…',
  count: '{total}개 중 {at}',
  atLeast: '{total}개 이상 중 {at}',
  next: '다음 찾기',
  before: '이전 찾기',
} satisfies typeof words
