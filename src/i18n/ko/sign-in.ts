// The way in.
import type words from '../en/sign-in.ts'

export default {
  title: 'Claude Code, 함께',
  name: '이름',
  password: '비밀번호',
  submit: '로그인',
  or: '또는',
  useCode: '일회용 코드 사용',
  usePassword: '이름과 비밀번호 사용',
  code: '일회용 코드',
  codeHint: '코드는 Ensemble을 시작한 터미널에 있습니다.',
  provider: '조직 계정으로 로그인하나요? 조직의 페이지에서 Ensemble을 여세요.',
  wrong: '이름이나 비밀번호가 맞지 않습니다. 1분 안에 {n}번 더 시도할 수 있습니다.',
  wrongNoCount: '이름이나 비밀번호가 맞지 않습니다.',
  wrongCode: '코드가 맞지 않거나, 이미 쓰였거나, 만료되었습니다. 코드를 준 사람에게 새 코드를 부탁하거나 터미널에서 새로 만들어 주세요.',
  replaced: '이 릴레이를 백업에서 복원했거나 데이터를 새로 시작했습니다. 다시 로그인해 주세요.',
  over: '이 브라우저의 로그인이 끝났습니다. 다시 로그인할 수 없다면 계정이 삭제되었거나 로그인 방법이 새로 정해졌을 수 있으니, 이 릴레이의 관리자에게 물어보세요.',
  linkSpent: '이미 쓰였거나 만료된 링크입니다. 링크는 한 번만 쓸 수 있습니다. 받은 링크라면 보낸 사람에게 새 링크를 부탁하세요. 직접 운영하는 릴레이라면 Ensemble을 다시 시작하거나, 로그인된 브라우저의 설정에서 ‘기기 추가’로 새 링크를 만드세요.',
  locked: '시도가 너무 많았습니다. {time}에 다시 열립니다.',
  nameMissing: '이름을 적어 주세요.',
  passwordMissing: '비밀번호를 적어 주세요.',
  codeMissing: '코드를 적어 주세요.',
  unreachable: '릴레이가 답하지 않습니다. 실행 중인지 확인해 주세요.',
  other: {
    title: '다른 사람으로 로그인할까요?',
    text: '지금은 {name} 님으로 로그인되어 있습니다. 여신 링크는 다른 사람의 것이라, 이 링크로 로그인하면 여기서 하는 모든 일이 그 사람의 이름으로 되고 그 사람에게 보입니다. 직접 요청한 링크가 아니라면 {name} 님으로 남아 주세요.',
    stay: '{name} 님으로 남기',
    change: '로그아웃하고 링크 사용',
  },
} satisfies typeof words
