// Sessions that were begun in a terminal.
export default {
  title: 'From the terminal',
  hint: 'Press one to go on with it here. Only you see it until you share it, and the terminal is not disturbed.',
  messages: '{n} message | {n} messages',
  taken: 'open here',
  more: 'Show more',
  notTaken: 'It was not taken over. {reason}',
  notLoaded: 'What was begun in a terminal could not be loaded. {reason}',
}
