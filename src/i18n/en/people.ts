// People: who is here, what they do, their roles.
export default {
  you: 'you',
  presence: {
    here: 'here',
    away: 'away',
    gone: 'not here',
  },
  namePresence: '{name}, {presence}',
  isTyping: '{name} is typing',
  twoTyping: '{first} and {second} are typing',
  manyTyping: '{n} people are typing',
  share: 'Share',
  andMore: '{names} and {n} more',
}
