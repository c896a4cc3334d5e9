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
  removeAttachment: '{name} 빼기',
  newLine: 'Shift+Enter로 줄바꿈',
  drop: '놓으면 첨부됩니다',
  files: '파일',
  commands: '명령',
  noFile: '맞는 파일이 없습니다',
  noCommand: '맞는 명령이 없습니다',
  viewer: '여기서는 뷰어입니다. 쓰려면 소유자에게 권한을 요청하세요.',
} satisfies typeof words
