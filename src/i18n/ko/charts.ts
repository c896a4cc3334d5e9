// Charts: how their values are read.
import type words from '../en/charts.ts'

export default {
  role: '차트',
  keys: '화살표 키로 값을 읽고, Home과 End로 양 끝으로 갑니다.',
  showTable: '표로 보기',
  rest: '그 외',
  showChart: '차트로 보기',
} satisfies typeof words
