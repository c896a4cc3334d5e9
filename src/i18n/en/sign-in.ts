// The way in.
export default {
  title: 'Claude Code, together',
  name: 'Name',
  password: 'Password',
  submit: 'Sign in',
  or: 'or',
  useCode: 'Use a one-time code',
  usePassword: 'Use name and password',
  code: 'One-time code',
  codeHint: 'The code is in the terminal where Ensemble was started.',
  wrong:
    'Name or password is wrong. {n} try left this minute. | Name or password is wrong. {n} tries left this minute.',
  wrongNoCount: 'Name or password is wrong.',
  wrongCode: 'This code is wrong or was used already. Make a new one in the terminal.',
  replaced: 'This relay was restored from a backup, or its data was begun anew. Sign in again.',
  linkSpent: 'This link was used or has expired. For a new one, start Ensemble again, or choose “Add a device” in the settings of a browser that is signed in.',
  locked: 'Too many tries. Open again at {time}.',
  nameMissing: 'Your name is needed.',
  passwordMissing: 'Your password is needed.',
  codeMissing: 'The code is needed.',
  unreachable: 'The relay does not answer. Is it running?',
  other: {
    title: 'Sign in as somebody else?',
    text: 'You are signed in as {name}. The link that you opened is another person’s: with it, everything you do here is done in their name, and they see it. If you did not ask for this link, stay {name}.',
    stay: 'Stay {name}',
    change: 'Sign out and use the link',
  },
}
