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
  typing: '입력 중',
  inFile: '{file}, {line}번째 줄',
  isTyping: '{name} 님이 입력 중',
  twoTyping: '{first}, {second} 님이 입력 중',
  manyTyping: '{n}명이 입력 중',
  share: '공유',
  search: '이름으로 찾기',
  as: '새로 초대할 사람의 역할',
  nobody: '‘{sought}’[이라는/라는] 사람이 없습니다.',
  members: '이 세션에 있는 사람',
  invitePerson: '{name} 님 초대',
  visibility: {
    label: '이 세션을 볼 수 있는 사람',
    private: '참여한 사람만',
    workspace: '작업 폴더의 모두',
  },
  copyLink: '링크 복사',
  remove: '세션에서 내보내기',
  andMore: '{names} 외 {n}명',
} satisfies typeof words
