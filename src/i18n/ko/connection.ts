// How the link to the relay is: the pill, what offline means.
import type words from '../en/connection.ts'

export default {
  connecting: '연결하는 중…',
  live: '연결됨',
  liveMs: '연결됨 · {ms} ms',
  slowMs: '느림 · {ms} ms',
  reconnectingIn: '다시 연결 중, {s}초 뒤 {attempt}번째 시도',
  reconnectingNow: '다시 연결 중, {attempt}번째 시도',
  reconnectingShort: '다시 연결 중…',
  catchingUp: '따라잡는 중, {n}개',
  catchingUpShort: '따라잡는 중…',
  offline: '오프라인',
  offlineWaiting: '오프라인 · {n}개 전송 대기',
  offlineWaitingShort: '오프라인 · {n}개 대기',
  signedOut: '로그아웃됨',
  signIn: '로그인',
  asOf: '{time} 기준',
  asOfOffline: '{time} 기준, 지금은 오프라인',
  offlineHint: '계속 쓰셔도 됩니다. 다시 연결되면 보냅니다.',
  spoken: {
    connecting: '연결하는 중',
    live: '연결됨',
    slow: '연결이 느림',
    reconnecting: '다시 연결하는 중',
    'catching-up': '따라잡는 중',
    offline: '오프라인',
    'signed-out': '로그아웃됨',
  },
} satisfies typeof words
