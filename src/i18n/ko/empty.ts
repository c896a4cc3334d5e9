// Nothing here yet.
import type words from '../en/empty.ts'

export default {
  session: {
    title: '질문으로 시작하세요',
    text: 'Claude가 {folder}[을/를] 읽고 여기서 답합니다. 초대한 사람도 같은 화면을 봅니다.',
    explain: '이 프로젝트 설명',
    flaky: '불안정한 테스트 찾기',
  },
  sessions: {
    title: '아직 세션이 없습니다',
    text: '세션은 작업 폴더를 두고 Claude와 나누는 대화입니다.',
  },
  waiting: {
    title: '기다리는 것이 없습니다',
    text: '모든 세션의 질문과 허락 요청이 여기에 모입니다.',
  },
  choose: {
    title: '세션을 고르세요',
    text: '또는 새로 시작하세요.',
  },
} satisfies typeof words
