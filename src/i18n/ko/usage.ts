// What Claude used and what it cost, for whoever runs the relay.
import type words from '../en/usage.ts'

export default {
  range: '기간',
  days: '{n}일',
  from: '사용한 곳',
  source: {
    all: '전체',
    relay: 'Ensemble에서',
    terminal: '터미널에서',
  },
  csv: 'CSV로 저장',
  cost: '비용',
  estimated: '그중 {cost}는 정가로 어림한 값',
  byClaude: 'Claude가 알린 값',
  tokens: '토큰',
  inOut: '입력 {input}, 출력 {output}',
  cache: '캐시에서 읽음',
  cacheWhy: 'Claude가 읽은 것 가운데',
  terminal: '터미널에서 사용',
  turns: 'Ensemble에서 {n}턴',
  byModel: '모델별 비용',
  byModelLabel: '모델별 비용, {n}일',
  unpriced: '가격을 모르는 모델의 토큰 {tokens}개는 빠져 있습니다.',
  byUser: '사용한 사람',
  today: '오늘 사용한 사람',
  nobodyToday: '오늘은 아무도 Claude를 사용하지 않았습니다.',
  bySession: '세션별',
  byWorkspace: '작업 폴더별',
  nobody: 'Claude 스스로',
  nobodyOrTerminal: '터미널 또는 Claude 스스로',
  untitled: '터미널에서 사용했거나 지워진 세션',
  elsewhere: '다른 폴더',
  empty: {
    title: '이 기간에는 사용한 것이 없습니다',
    text: '턴마다 든 비용과 토큰이 모델, 사람, 세션, 폴더별로 여기에 보입니다. 터미널에서 쓴 것도 함께 보입니다.',
  },
} satisfies typeof words
