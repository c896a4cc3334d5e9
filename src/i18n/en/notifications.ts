// What is pushed to a device.
export default {
  needsAnswer: 'Claude wants to run a command in {folder}',
  done: 'Done in {time}: {title}',
  stopped: 'Claude stopped: {reason}',
  mention: '{name}: {text}',
  allowOnce: 'Allow once',
  deny: 'Deny',
}
