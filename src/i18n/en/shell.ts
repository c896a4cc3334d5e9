// The frame around every screen: regions, tabs of the phone.
export default {
  sessions: 'Sessions',
  panel: 'Now',
  panelTabs: 'Panel',
  skipToComposer: 'Skip to the message field',
  openPanel: 'Open panel',
  back: 'Back to sessions',
  sheetTaller: 'Make the panel taller',
  sheetLower: 'Make the panel lower',
  tab: {
    sessions: 'Sessions',
    waiting: 'Waiting',
    files: 'Files',
    settings: 'Settings',
  },
  panelTab: {
    now: 'Now',
    changes: 'Changes',
    files: 'Files',
    log: 'Log',
  },
  titleNeedsAnswer: '● Needs an answer',
  titleMentioned: '● {name} mentioned you',
}
