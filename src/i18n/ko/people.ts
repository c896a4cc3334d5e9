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
  inviteTitle: '이 세션에 초대',
  inviteWarning: '공동 작업자는 이 컴퓨터에서 Claude에게 명령을 실행하게 할 수 있습니다.',
  role: {
    owner: '소유자',
    collaborator: '공동 작업자',
    viewer: '뷰어',
  },
  roleYou: '{role}, 나',
  roleAway: '{role}, {time}째 자리 비움',
  typing: '입력 중',
  inFile: '{file}, {line}번째 줄',
  isTyping: '{name} 님이 입력 중',
  twoTyping: '{first}, {second} 님이 입력 중',
  manyTyping: '{n}명이 입력 중',
  follow: '따라가기',
  following: '{name} 님을 따라가는 중',
  stopFollowing: '그만',
  share: '공유',
  copyLink: '링크 복사',
  remove: '세션에서 내보내기',
  makeOwner: '소유자로 바꾸기',
  andMore: '{names} 외 {n}명',
} satisfies typeof words
