// Where prompts are written.
import type words from '../en/composer.ts'

export default {
  placeholder: "Claude에게 부탁하기, {'@'} 파일, / 명령",
  label: 'Claude에게 보낼 요청',
  send: '보내기',
  queue: '대기열에 추가',
  steer: '끼어들기',
  stop: '중지',
  stopping: '중지하는 중…',
  attach: '파일 첨부',
  mention: '파일 언급',
  newLine: 'Shift+Enter로 줄바꿈',
  sendNote: '메모 남기기',
  editingSent: '마지막 요청을 고치는 중입니다. Claude는 그 앞으로 돌아갑니다.',
  editingQueued: '대기열의 요청을 고치는 중입니다.',
  escapeAgain: 'Esc를 한 번 더 누르면 Claude가 멈춥니다',
  nothingToCompact: '아직 요약할 내용이 없습니다.',
  viewer: '여기서는 뷰어입니다. 쓰려면 소유자에게 권한을 요청하세요.',
  viewerAccount: '읽기만 할 수 있는 계정입니다. 관리자가 바꿀 수 있습니다.',
} satisfies typeof words
