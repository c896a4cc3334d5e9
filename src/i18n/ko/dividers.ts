// Where what Claude knows begins anew.
import type words from '../en/dividers.ts'

export default {
  cleared: '컨텍스트를 비웠습니다. Claude가 여기서 새로 시작합니다.',
  compacted: '자리를 만들려고 대화를 요약했습니다.',
  rewound: '되돌렸습니다. 되돌린 요청부터 여기까지의 내용을 Claude는 모릅니다.',
  forked: '다른 세션에서 여기로 갈라져 나왔습니다.',
  forkedFrom: '{session} 세션에서 여기로 갈라져 나왔습니다.',
  imported: '여기까지 터미널에서 가져왔습니다.',
} satisfies typeof words
