// People: who is here, what they do, their roles.
import type words from '../en/people.ts'

export default {
  you: '나',
  presence: {
    here: '있음',
    away: '자리 비움',
    gone: '없음',
  },
  namePresence: '{name}, {presence}',
  title: '함께 있는 사람',
  invite: '초대',
  role: {
    owner: '소유자',
    collaborator: '공동 작업자',
    viewer: '뷰어',
  },
  roleYou: '{role}, 나',
  typing: '입력 중',
  inFile: '{file}, {line}번째 줄',
  isTyping: '{name} 님이 입력 중',
  twoTyping: '{first}, {second} 님이 입력 중',
  manyTyping: '{n}명이 입력 중',
  share: '공유',
  copyLink: '링크 복사',
  leave: '세션에서 나가기',
  leaveTitle: '‘{title}’에서 나갈까요?',
  leaveWhy: '소유자가 초대해야 다시 들어올 수 있습니다.',
  stay: '머무르기',
  left: '‘{title}’에서 나왔습니다',
  andMore: '{names} 외 {n}명',
} satisfies typeof words
