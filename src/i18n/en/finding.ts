// Finding in the conversation that is read.
export default {
  label: 'Find in the session',
  none: 'Nothing found',
  searching: 'Searching…',
  count: '{at} of {total}',
  atLeast: '{at} of at least {total}',
  next: 'Next match',
  before: 'Match before',
}
