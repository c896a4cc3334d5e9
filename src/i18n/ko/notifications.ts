// What is pushed to a device.
import type words from '../en/notifications.ts'

export default {
  needsAnswer: '{folder}에서 Claude가 명령을 실행하려고 합니다',
  done: '{time} 만에 완료: {title}',
  stopped: 'Claude가 멈췄습니다: {reason}',
  mention: '{name}: {text}',
  allowOnce: '한 번 허용',
  deny: '거부',
} satisfies typeof words
