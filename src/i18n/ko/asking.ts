// What a question or a plan of Claude is answered with.
import type words from '../en/asking.ts'

export default {
  question: {
    step: '{total}개 중 {at}번째',
    other: '직접 입력…',
    skip: '건너뛰고 Claude에게 맡기기',
    skipped: '건너뜀: 알아서 정해 주세요',
    answer: '답하기',
    next: '다음',
  },
  plan: {
    steps: '{n}단계',
    files: '파일 {n}개 수정',
    approveAsk: '승인, 수정 전 확인',
    approveAccept: '승인, 수정 자동 허용',
    keep: '계획 다듬기…',
    comment: '계획에서 무엇을 바꿀까요?',
    send: 'Claude에게 보내기',
  },
} satisfies typeof words
