// Pages of whoever runs the relay.
export default {
  title: '관리',
  back: '세션으로 돌아가기',
  notYours: '관리자용 화면',
  notYoursWhy: '릴레이를 운영하는 사람이 상태와 사용자를 확인하는 곳입니다.',
  nav: {
    live: '실시간',
    people: '사람',
    audit: '감사 기록',
    tokens: 'API 토큰',
    usage: '사용량',
    sessions: '세션',
    webhooks: '웹훅',
    storage: '저장 공간',
  },
}
