// What completes a message: above the composer.
export default {
  files: 'Files',
  commands: 'Commands',
  ofSession: 'in this session · {size}',
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
