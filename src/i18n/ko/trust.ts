// Trust of a folder.
import type words from '../en/trust.ts'

export default {
  title: '이 폴더를 신뢰할까요?',
  text: '이 폴더는 열 때 코드를 실행할 수 있습니다. 신뢰하기 전에 살펴보세요.',
  hooks: '훅',
  mcp: 'MCP 서버',
  environment: '환경 변수',
  scheduled: '예약된 요청',
  memory: 'CLAUDE.md',
  yes: '이 폴더 신뢰',
  yesMeans: '이 폴더의 모든 세션에서 Claude가 위의 내용을 읽고 실행합니다. 내용이 바뀌면 다시 묻습니다.',
  no: '신뢰하지 않고 열기',
  noMeans: 'Claude는 그대로 여기서 작업하지만, 위의 내용은 읽거나 실행하지 않습니다. 설정에서 다시 정할 수 있습니다.',
  look: '살펴보고 정하기',
  later: '나중에',
  trusted: '신뢰함',
  untrusted: '신뢰하지 않음',
  trustedTitle: '신뢰하는 폴더입니다',
  trustedText: '이 폴더의 모든 세션에서 Claude가 아래의 내용을 읽고 실행합니다. 내용이 바뀌면 다시 묻습니다. 신뢰를 취소하면 다음 요청부터 쓰지 않습니다.',
  takeBack: '신뢰 취소',
  show: '들어 있는 것 보기',
  notYours: '이 폴더의 소유자만 신뢰할 수 있습니다.',
  tooMuch: '이 폴더에는 여기에 다 보여 줄 수 없을 만큼 많은 것이 들어 있어 신뢰할 수 없습니다.',
  nothingTitle: '신뢰할 것이 없습니다',
  nothing: '이 폴더에는 Claude가 저절로 실행하거나 읽을 것이 없습니다. 생기면 그때 묻습니다.',
  sandbox: {
    label: '샌드박스',
    none: '없음',
    bwrap: 'Claude의 명령은 Ensemble의 데이터를 숨긴 샌드박스(bubblewrap)에서 실행됩니다. 릴레이를 실행한 사용자가 닿는 나머지 파일에는 모두 닿습니다.',
    off: 'Claude의 명령은 샌드박스 없이 실행됩니다. Ensemble의 데이터까지, 릴레이를 실행한 사용자가 닿는 모든 파일에 닿습니다.',
  },
} satisfies typeof words
