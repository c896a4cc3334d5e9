// What completes a message: above the composer.
export default {
  files: 'Files',
  commands: 'Commands',
  ofSession: 'in this session · {size}',
  moreOfSession: 'More files of this session',
  countOfSession: '{n} more file of this session | {n} more files of this session',
  noFile: 'No file matches',
  noCommand: 'No command matches',
  command: {
    note: 'A note that only people read',
    clear: 'Start afresh: Claude forgets what was said',
    compact: 'Summarise the conversation to make room',
    fork: 'Copy this session and go on there',
    rename: 'Give the session another title',
  },
}
