// The page of a share link: a session read by whoever has the link.
export default {
  readOnly: 'read only',
  readOnlyUntil: 'read only, until {time}',
  over: 'This link opens nothing any more',
  overWhy: 'It has expired, was taken back, or is not complete. Ask whoever sent it for a new one.',
  away: 'The relay does not answer',
  awayWhy: 'The link may still be good. Try again in a moment.',
  again: 'Try again',
  nothing: 'Nothing was said here yet',
  nothingWhy: 'As soon as somebody writes, it is shown here.',
  notHere: 'A link shows the conversation only; this needs an account.',
}
