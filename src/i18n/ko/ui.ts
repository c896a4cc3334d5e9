// Words that parts of the interface bring with them.
import type words from '../en/ui.ts'

export default {
  close: '닫기',
  cancel: '취소',
  undo: '되돌리기',
  more: '더 보기',
  copy: '복사',
  copied: '복사함',
  delete: '삭제',
  save: '저장',
  edit: '편집',
  back: '뒤로',
  tryAgain: '다시 시도',
  showPassword: '비밀번호 보기',
  hidePassword: '비밀번호 숨기기',
  picture: '그림: {label}, {host} 열기',
  copyTrace: '추적 번호 복사',
} satisfies typeof words
