// Files open together: saving, merging, review comments.
import type words from '../en/editor.ts'

export default {
  savedNotOnDisk: '모두에게 저장됨, 디스크에는 아직',
  mergedFromDisk: 'Claude가 디스크에서 바꾼 내용을 합쳤습니다',
  saveToDisk: '디스크에 저장',
  sentWithNext: '다음 요청과 함께 보냄',
  reply: '답글',
  resolve: '해결',
  sendComments: '의견 {n}개를 Claude에게 보내기',
  position: '{line}번째 줄, {column}번째 칸',
  edit: '편집',
  inThisFile: '이 파일에 {n}명',
  inThisFileClaude: '이 파일에 {n}명과 Claude',
} satisfies typeof words
