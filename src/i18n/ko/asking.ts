// What a question, a plan or a request of Claude is answered with, and what a rule allows.
import type words from '../en/asking.ts'

export default {
  rule: {
    commandsLike: '‘{what}’[으로/로] 시작하는 명령',
    command: '‘{what}’ 명령',
    commands: '모든 명령',
    editHere: '이 폴더의 파일 수정',
    editIn: '{what} 안의 파일 수정',
    editOne: '{what} 수정',
    edits: '모든 파일 수정',
    readHere: '이 폴더의 파일 읽기',
    readIn: '{what} 안의 파일 읽기',
    readOne: '{what} 읽기',
    reads: '모든 파일 읽기',
    host: '{what}의 페이지 열기',
    pages: '모든 웹 페이지 열기',
    search: '모든 웹 검색',
    tool: '{what}의 모든 사용',
    other: '{what}',
  },
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
