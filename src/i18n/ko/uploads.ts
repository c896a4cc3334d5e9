// Files on their way.
import type words from '../en/uploads.ts'

export default {
  progress: '{total} 중 {done} · {speed} · {left} 남음',
  progressStart: '{total} 중 {done}',
  paused: '{share}에서 멈춤, 여기서 이어집니다',
  waiting: '연결을 기다리는 중, 잃은 것 없음',
  done: '{size} · {name}, {time}',
  failed: '올리지 못함: {reason}',
  pause: '멈추기',
  resume: '이어서 올리기',
  remove: '빼기',
  download: '내려받기',
  title: '올린 파일',
  spoken: {
    started: '{name} 올리는 중',
    done: '{name} 올림',
    failed: '{name} 올리지 못함',
  },
} satisfies typeof words
