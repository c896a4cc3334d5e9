// Tool rows: verbs by state, figures, what a card shows.
import type words from '../en/tools.ts'

export default {
  verb: {
    read: {
      now: '읽는 중',
      done: '읽음',
    },
    edit: {
      now: '수정 중',
      done: '수정',
    },
    write: {
      now: '작성 중',
      done: '작성',
    },
    run: {
      now: '실행 중',
      done: '실행',
    },
    search: {
      now: '검색 중',
      done: '검색',
    },
    fetch: {
      now: '가져오는 중',
      done: '가져옴',
    },
    ask: {
      now: '요청하는 중',
      done: '요청',
    },
    agent: {
      now: '에이전트',
      done: '에이전트',
    },
    plan: {
      now: '계획하는 중',
      done: '계획',
    },
    use: {
      now: '쓰는 중',
      done: '사용',
    },
  },
  plannedTasks: '할 일 {n}개 계획',
  quiet: {
    read: '파일 {n}개 읽음',
    searched: '{n}번 검색',
    both: '{read}, {searched}',
  },
  exit: '종료 {code}',
  lines: '{n}줄',
  hits: '{n}건',
  count: '도구 {n}회',
  added: '{n}줄 추가',
  removed: '{n}줄 삭제',
  showAllLines: '{n}줄 모두 보기',
  unchanged: '{n}줄 그대로',
  lineAdded: '추가',
  lineRemoved: '삭제',
  inline: '통합',
  sideBySide: '나란히',
  view: '차이 보기 방식',
  openFile: '파일 열기',
  copyPath: '경로 복사',
  copyCommand: '명령 복사',
  copyOutput: '출력 복사',
  revert: '되돌리기',
  comment: '이 줄에 의견 달기',
  input: '입력',
  output: '출력',
  mcp: 'MCP',
  cell: '셀 {n}',
  failed: '실패',
  cut: '나머지는 여기에 표시하지 않습니다.',
  openWhole: '전체 열기',
} satisfies typeof words
