// Tool rows: verbs by state, figures, what a card shows.
export default {
  verb: {
    read: {
      now: 'Reading',
      done: 'Read',
    },
    edit: {
      now: 'Editing',
      done: 'Edited',
    },
    write: {
      now: 'Writing',
      done: 'Wrote',
    },
    run: {
      now: 'Running',
      done: 'Ran',
    },
    search: {
      now: 'Searching',
      done: 'Searched',
    },
    fetch: {
      now: 'Fetching',
      done: 'Fetched',
    },
    ask: {
      now: 'Asking',
      done: 'Asked',
    },
    agent: {
      now: 'Agent',
      done: 'Agent',
    },
    plan: {
      now: 'Planning',
      done: 'Planned',
    },
    use: {
      now: 'Using',
      done: 'Used',
    },
  },
  plannedTasks: 'Planned {n} task | Planned {n} tasks',
  quiet: {
    read: 'Read {n} file | Read {n} files',
    searched: 'not searched | searched once | searched twice | searched {n} times',
    both: '{read}, {searched}',
  },
  exit: 'exit {code}',
  lines: '{n} line | {n} lines',
  hits: '{n} hit | {n} hits',
  count: '{n} tool | {n} tools',
  added: '{n} added',
  removed: '{n} removed',
  showAllLines: 'Show all {n} line | Show all {n} lines',
  unchanged: '{n} line unchanged | {n} lines unchanged',
  lineAdded: 'added',
  lineRemoved: 'removed',
  inline: 'Inline',
  sideBySide: 'Side by side',
  view: 'How to show the difference',
  openFile: 'Open file',
  copyPath: 'Copy path',
  copyCommand: 'Copy command',
  copyOutput: 'Copy output',
  revert: 'Revert',
  comment: 'Comment on this line',
  input: 'Input',
  output: 'Output',
  mcp: 'MCP',
  cell: 'cell {n}',
  failed: 'failed',
  cut: 'The rest is not shown here.',
  openWhole: 'Open the whole',
}
