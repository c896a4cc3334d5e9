// What one has used oneself.
export default {
  title: 'Usage',
  today: 'Your usage today',
  noBudget: 'There is no limit for you.',
  resets: 'The next day begins {time}.',
  left: '{amount} left',
  spent: 'Used up',
  chart: 'Your cost, 14 days',
  cost: 'Cost',
  nothing: 'Nothing was spent in these {n} days.',
}
