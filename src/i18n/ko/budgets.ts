// What people may cost in a day.
import type words from '../en/budgets.ts'

export default {
  title: '하루 예산',
  why: '예산을 다 쓴 사람은 새 턴을 시작하지 못합니다. 다음 날은 {time}에 시작합니다({zone}).',
  add: '예산 추가',
  everybody: '그 밖의 모든 사람',
  none: '한도 없음',
  spentOf: '{limit} 중 {spent}',
  spent: '다 씀',
  near: '거의 다 씀',
  own: '개별',
  edit: '{name} 님의 예산 바꾸기',
  editDefault: '그 밖의 모든 사람의 예산 바꾸기',
  remove: '{name} 님의 개별 예산 없애기',
  removeDefault: '그 밖의 모든 사람의 예산 없애기',
  removed: '{name} 님의 개별 예산을 없앴습니다.',
  removedDefault: '그 밖의 모든 사람의 예산을 없앴습니다.',
  dialog: {
    new: '한 사람의 예산',
    of: '{name} 님의 예산',
    default: '그 밖의 모든 사람의 예산',
    why: '턴을 시작하기 전에 확인합니다. 실행 중인 턴은 계속됩니다.',
    who: '이름',
    nobody: '이 이름과 똑같은 사람이 없습니다.',
    limited: '한도에서 멈추기',
    limit: '하루에 미국 달러로',
    noAmount: '5나 2.50처럼 달러로 적어 주세요.',
    warn: '알리기 시작할 비율(%)',
    warnWhy: '비율을 넘은 세션에서 한 번 알립니다.',
    noShare: '1부터 100까지의 정수로 적어 주세요.',
  },
} satisfies typeof words
