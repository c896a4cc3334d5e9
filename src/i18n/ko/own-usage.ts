// What one has used oneself.
import type words from '../en/own-usage.ts'

export default {
  title: '사용량',
  today: '오늘 내 사용량',
  noBudget: '정해진 한도가 없습니다.',
  resets: '다음 날은 {time}에 시작합니다.',
  left: '{amount} 남음',
  spent: '다 씀',
  chart: '내 비용, 14일',
  cost: '비용',
  nothing: '지난 {n}일 동안 든 비용이 없습니다.',
} satisfies typeof words
