// What completes a message: above the composer.
export default {
  files: 'Files',
  commands: 'Commands',
  noFile: 'No file matches',
  noCommand: 'No command matches',
}
