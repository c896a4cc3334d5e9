// What keeps Claude from working, above the composer.
export default {
  folderRemoved: '이 세션의 폴더({name})가 제거되었습니다. 대화는 계속 읽을 수 있지만 새로 요청할 수는 없습니다.',
  folderMissing: '이 세션의 폴더({name})가 이 컴퓨터에 없거나 Ensemble이 쓸 수 없는 곳에 있습니다. 대화는 계속 읽을 수 있지만, 폴더가 돌아올 때까지 새로 요청할 수는 없습니다.',
  signedOut: '이 컴퓨터에서 Claude에 로그인되어 있지 않습니다',
  missing: '이 컴퓨터에 Claude Code가 없습니다',
  missingText: 'CLAUDE_BIN으로 위치를 알려 주거나 Ensemble 폴더에 설치하세요. 잃은 것은 없습니다.',
  signedOutText: '로그인하기 전에는 요청이 실패합니다. Ensemble 폴더에서 npm run login을 실행하거나, ANTHROPIC_API_KEY를 설정하고 Ensemble을 다시 시작하세요.',
  demo: '둘 다 없이 살펴보려면:',
  copyDemo: '명령 복사',
  check: '다시 확인',
  lookedNone: '{time}에 확인: 아직 로그인되어 있지 않습니다.',
  lookedMissing: '{time}에 확인: 아직 찾지 못했습니다.',
  lookedLogin: '{time}에 확인: 로그인이나 키가 있습니다. Anthropic이 받아들이는지는 요청을 보내야 알 수 있습니다.',
  lookedUnanswered: '{time}에 확인: 릴레이가 응답하지 않았습니다.',
  budgetNear: '{name} 님이 오늘 예산의 {percent} %를 썼습니다.',
  budgetSpent: '{name} 님이 오늘 예산을 다 썼습니다. 대기열의 요청은 다음 날 보내고, 새 요청은 그때까지 또는 관리자가 예산을 늘릴 때까지 거부됩니다.',
  left: '이 세션에서 나왔습니다.',
}
