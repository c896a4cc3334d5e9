// Nothing here yet.
export default {
  session: {
    title: 'Start with a question',
    text: 'Claude reads {folder} and answers here. Anyone you invite sees the same.',
    explain: 'Explain this project',
    flaky: 'Find a flaky test',
  },
  sessions: {
    title: 'No sessions yet',
    text: 'A session is a conversation with Claude about a folder.',
  },
  waiting: {
    title: 'Nobody waits for you',
    text: 'Questions and permissions of all sessions gather here.',
  },
  choose: {
    title: 'Choose a session',
    text: 'Or start a new one.',
  },
}
