// What the relay keeps on its disk.
import type words from '../en/storage.ts'

export default {
  database: '데이터베이스',
  sessions: '세션 {n}개 | 세션 {n}개',
  files: '올린 파일',
  filesCount: '파일 {n}개 | 파일 {n}개',
  copied: 'Claude가 읽을 사본 {size}',
  events: '보관 중인 이벤트',
  eventsWhy: '세션은 이벤트를 모두 보관하고, 다른 채널은 30일 동안 보관합니다.',
  free: '디스크 여유 공간',
  ofTotal: '전체 {total}',
  used: '{total} 중 {used} 사용',
  backup: '마지막 백업',
  none: '아직 없습니다',
  noneWhy: '백업은 릴레이가 보관하는 모든 것을 담은 파일 하나입니다. 릴레이가 실행 중일 때 만들고, 다시 읽어 확인한 뒤에야 백업으로 인정합니다.',
  old: '{age} 지났습니다. 그 뒤에 오간 내용은 다른 곳에 없습니다.',
  otherLog: '그 뒤에 기록이 새로 시작되었습니다.',
  how: '릴레이를 실행하는 컴퓨터의 Ensemble 폴더에서:',
  file: '파일',
  made: '만든 때',
  size: '크기',
  place: '보관 위치',
  folder: '폴더',
  epoch: '기록',
  epochWhy: '기록을 복원하거나 새로 시작할 때만 바뀌며, 그때 페이지는 기록을 다시 불러옵니다.',
} satisfies typeof words
