// A prompt that is written anew: where it goes, and what Claude then does not know.
export default {
  send: 'Send again',
  hint: 'Goes back to before this prompt. What came after it stays to be read, but Claude forgets it.',
}
