// People: who is here, what they do, their roles.
import type words from '../en/people.ts'

export default {
  you: '나',
  presence: {
    here: '접속 중',
    away: '자리 비움',
    gone: '접속 안 함',
  },
  namePresence: '{name}, {presence}',
  isTyping: '{name} 님이 입력 중',
  twoTyping: '{first}, {second} 님이 입력 중',
  manyTyping: '{n}명이 입력 중',
  share: '공유',
  andMore: '{names} 외 {n}명',
} satisfies typeof words
