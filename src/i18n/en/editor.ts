// Files open together: saving, merging, review comments.
export default {
  savedNotOnDisk: 'Saved for everyone, not yet on disk',
  mergedFromDisk: 'Changed on disk by Claude, merged',
  saveToDisk: 'Save to disk',
  sentWithNext: 'sent with the next prompt',
  reply: 'Reply',
  resolve: 'Resolve',
  sendComments: 'Send {n} comment to Claude | Send {n} comments to Claude',
  position: 'Ln {line}, Col {column}',
  edit: 'Edit',
  inThisFile: '{n} person in this file | {n} people in this file',
  inThisFileClaude: '{n} person and Claude in this file | {n} people and Claude in this file',
}
