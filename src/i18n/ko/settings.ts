// Settings: rows with a label and one line of why.
import type words from '../en/settings.ts'

export default {
  title: '설정',
  display: {
    title: '화면과 읽기',
  },
  nav: {
    profile: '프로필',
    workspaces: '작업 폴더와 신뢰',
  },
  theme: {
    label: '테마',
    why: '시스템은 기기의 낮과 밤을 따릅니다',
    system: '시스템',
    light: '라이트',
    dark: '다크',
  },
  language: {
    label: '언어',
    why: '날짜와 숫자도 함께 바뀝니다',
  },
  diff: {
    label: '차이 보기',
    why: '나란히 보기는 넓은 창에서만, 아니면 통합으로',
  },
  follow: {
    label: '새 글 따라가기',
    why: '위쪽을 읽는 동안에는 화면을 움직이지 않습니다',
  },
  speech: {
    label: '답변 중 화면 낭독',
    sentences: '문장마다',
    ends: '시작과 끝만',
    off: '끄기',
  },
  letters: {
    label: '한 글자 단축키',
    why: '입력란 밖에서 J, K 등',
  },
  role: {
    admin: '이 릴레이의 관리자',
    user: '사용자',
    viewer: '뷰어',
  },
  device: {
    label: '기기 추가',
    why: '휴대전화나 다른 컴퓨터에서 로그인하는 링크',
    make: '링크 만들기',
    how: '그 기기에서 링크를 열거나 카메라로 코드를 비추세요. 한 번만 쓸 수 있습니다.',
    code: '카메라로 읽는 링크 코드',
    onlyHere: 'Ensemble이 이 컴퓨터에서만 열려 있어 휴대전화나 다른 컴퓨터는 이 주소에 닿을 수 없습니다.',
    forOthers: '다른 기기에서 쓰려면 HOST와 TLS_CERT로 시작하거나 PUBLIC_URL을 설정하거나 터널로 연 뒤, 그 주소에서 링크를 만드세요.',
    sameMachine: '이 컴퓨터의 다른 브라우저는 이 링크로 한 번 로그인할 수 있습니다:',
    until: '{time}까지 쓸 수 있습니다',
  },
  signOutWhy: '쓰던 글은 이 기기에 남습니다.',
  signOut: '로그아웃',
  signOutTitle: '로그아웃할까요?',
  stay: '로그인 유지',
  openAdmin: '열기',
} satisfies typeof words
