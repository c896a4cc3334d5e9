// A session as a whole: title, header, what runs, tasks, context, statistics.
import type words from '../en/session.ts'

export default {
  rename: '세션 이름 바꾸기',
  titleLabel: '제목',
  nothingRuns: '실행 중인 작업 없음',
  doneNothingRuns: '완료, 실행 중인 작업 없음',
  needsAnswer: '답이 필요합니다',
  writing: '답변을 쓰는 중',
  thinking: '생각하는 중',
  task: {
    done: '완료',
    running: '진행 중',
    waiting: '시작 전',
  },
  compactNow: '지금 요약',
  stats: {
    doneIn: '{time} 만에 완료',
    inOut: '입력 {in} · 출력 {out}',
    cache: '캐시 {share}',
    turns: '모델 호출 {n}회',
    firstToken: '첫 토큰 {time}',
  },
  stop: '중지',
  continue: '이어서 하기',
  model: '모델',
  mode: {
    label: '권한 모드',
    default: '수정 전 확인',
    acceptEdits: '수정 자동 허용',
    plan: '계획 먼저',
    bypassPermissions: '묻지 않음',
    auto: '스스로 판단',
    dontAsk: '허락되지 않은 것은 거부',
  },
  modelDefault: '기본값',
  pathCopied: '경로 복사됨: {path}',
} satisfies typeof words
