// The frame around every screen: regions, tabs of the phone.
import type words from '../en/shell.ts'

export default {
  sessions: '세션',
  panel: '지금',
  panelTabs: '패널',
  skipToComposer: '입력란으로 건너뛰기',
  openPanel: '패널 열기',
  back: '세션 목록으로',
  sheetTaller: '패널 높이기',
  sheetLower: '패널 낮추기',
  tab: {
    sessions: '세션',
    waiting: '대기',
    files: '파일',
    settings: '설정',
  },
  panelTab: {
    now: '지금',
    changes: '변경',
    files: '파일',
    log: '기록',
  },
  titleMentioned: '● {name} 님이 나를 언급함',
  titleNeedsAnswer: '● 답이 필요합니다',
} satisfies typeof words
