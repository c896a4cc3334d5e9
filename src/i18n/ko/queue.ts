// Prompts that wait for Claude.
import type words from '../en/queue.ts'

export default {
  waiting: '대기 {n}개',
  hint: 'Claude가 끝나면 하나씩 보냅니다',
  hold: '멈춰 두기',
  goOn: '이어서 보내기',
  heldBy: '{name} 님이 멈춰 둠',
  held: '멈춰 둠',
  heldBudget: '{names} 님의 오늘 예산을 다 써서 멈춰 둠',
  sendNow: '지금 보내기',
  edit: '편집',
  remove: '빼기',
  moveUp: '위로 옮기기',
  moveDown: '아래로 옮기기',
  deeds: '“{text}” 작업',
  moved: '{total}개 중 {at}번째로 옮김',
  fold: '대기열 접기',
  unfold: '대기열 펼치기',
  label: '대기열',
} satisfies typeof words
