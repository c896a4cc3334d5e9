// The list of keys.
import type words from '../en/keys.ts'

export default {
  everywhere: '어디서나',
  search: '세션 찾기',
  find: '대화에서 찾기',
  regions: '화면의 다음 영역',
  answer: '답이 필요한 곳으로',
  list: '이 목록',
  composer: '입력란',
  send: '보내기 또는 대기열에 추가',
  newLine: '줄바꿈',
  steer: 'Claude가 일하는 동안 끼어들기',
  stop: 'Claude 중지(두 번, 입력란이 비어 있으면 한 번)',
  editLast: '빈 입력란에서 내 마지막 요청 수정',
  timeline: '대화',
  next: '다음 턴',
  previous: '이전 턴',
  nextChange: '다음 변경',
  previousChange: '이전 변경',
  copy: '선택한 줄 복사',
  queue: '대기열의 선택한 줄에서',
  moveUp: '위로 옮기기',
  moveDown: '아래로 옮기기',
} satisfies typeof words
