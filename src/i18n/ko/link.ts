// The page of a share link: a session read by whoever has the link.
import type words from '../en/link.ts'

export default {
  readOnly: '읽기 전용',
  readOnlyUntil: '읽기 전용, {time}까지',
  over: '더는 열리지 않는 링크입니다',
  overWhy: '기간이 지났거나, 취소되었거나, 주소 일부가 빠졌습니다. 보낸 사람에게 새 링크를 부탁하세요.',
  away: '릴레이가 응답하지 않습니다',
  awayWhy: '링크는 아직 쓸 수 있을지도 모릅니다. 잠시 뒤 다시 시도하세요.',
  again: '다시 시도',
  nothing: '아직 나눈 말이 없습니다',
  nothingWhy: '누군가 글을 쓰면 바로 여기에 나타납니다.',
  notHere: '링크로는 대화만 볼 수 있습니다. 이 내용은 계정이 있어야 봅니다.',
} satisfies typeof words
