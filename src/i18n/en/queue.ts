// Prompts that wait for Claude.
export default {
  waiting: '{n} waiting',
  hint: 'sent one by one when Claude is free',
  hold: 'Hold',
  goOn: 'Go on',
  heldBy: 'Held by {name}',
  held: 'Held',
  sendNow: 'Send now',
  edit: 'Edit',
  remove: 'Remove',
  moveUp: 'Move up',
  moveDown: 'Move down',
  deeds: 'Actions for “{text}”',
  moved: 'Moved to {at} of {total}',
  fold: 'Fold the queue',
  unfold: 'Show the queue',
  label: 'Queue',
}
