// Trust of a folder.
import type words from '../en/trust.ts'

export default {
  title: '이 폴더를 신뢰할까요?',
  text: '이 폴더는 열 때 코드를 실행할 수 있습니다. 신뢰하기 전에 살펴보세요.',
  hooks: '훅',
  mcp: 'MCP 서버',
  environment: '환경 변수',
  scheduled: '예약된 프롬프트',
  memory: 'CLAUDE.md',
  yes: '이 폴더 신뢰',
  no: '신뢰하지 않고 열기',
  look: '살펴보고 정하기',
  later: '나중에',
  trusted: '신뢰함',
  untrusted: '신뢰하지 않음',
  trustedTitle: '신뢰하는 폴더입니다',
  takeBack: '신뢰 취소',
  notYours: '이 폴더의 소유자만 신뢰할 수 있습니다.',
  tooMuch: '이 폴더에는 여기에 다 보여 줄 수 없을 만큼 많은 것이 들어 있어 신뢰할 수 없습니다.',
  nothing: '이 폴더에서 저절로 실행되는 것은 없습니다.',
} satisfies typeof words
