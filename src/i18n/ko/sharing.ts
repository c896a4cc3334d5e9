// The dialog of sharing: who is invited as what, and who finds the session.
import type words from '../en/sharing.ts'

export default {
  inviteTitle: '이 세션에 초대',
  inviteWarning: '공동 작업자는 이 컴퓨터에서 Claude에게 명령을 실행하게 할 수 있습니다.',
  search: '이름으로 찾기',
  as: '새로 초대할 사람의 역할',
  nobody: '‘{sought}’[이라는/라는] 사람이 없습니다.',
  members: '이 세션에 있는 사람',
  invitePerson: '{name} 님 초대',
  viewOnly: '{name} 님은 뷰어 계정이라 볼 수만 있습니다.',
  visibility: {
    label: '이 세션을 볼 수 있는 사람',
    private: '참여한 사람만',
    privateMeans: '다른 사람에게는 보이지 않습니다. 다만 다른 세션의 Claude도 이 컴퓨터에서 같은 계정을 쓰므로 이 대화를 비롯한 파일을 읽을 수 있습니다.',
    workspace: '작업 폴더의 모두',
  },
  remove: '세션에서 내보내기',
} satisfies typeof words
