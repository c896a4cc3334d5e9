// Words that parts of the interface bring with them.
export default {
  close: 'Close',
  cancel: 'Cancel',
  undo: 'Undo',
  more: 'More',
  copy: 'Copy',
  copied: 'Copied',
  delete: 'Delete',
  save: 'Save',
  edit: 'Edit',
  back: 'Back',
  tryAgain: 'Try again',
  showPassword: 'Show password',
  hidePassword: 'Hide password',
  picture: 'Picture: {label}, opens {host}',
  copyTrace: 'Copy the trace id',
}
