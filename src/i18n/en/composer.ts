// Where prompts are written.
export default {
  placeholder: "Ask Claude, {'@'} for files, / for commands",
  label: 'Prompt for Claude',
  send: 'Send',
  queue: 'Queue',
  steer: 'Steer',
  stop: 'Stop',
  stopping: 'Stopping…',
  attach: 'Attach files',
  mention: 'Mention a file',
  newLine: 'Shift+Enter for a new line',
  sendNote: 'Share note',
  editingSent: 'You are changing your last prompt. Claude goes back to before it.',
  editingQueued: 'You are changing a prompt in the queue.',
  escapeAgain: 'Esc once more stops Claude',
  nothingToCompact: 'There is nothing to summarise yet.',
  viewer: 'You are a viewer here. Ask an owner for the right to write.',
}
