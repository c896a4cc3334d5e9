// Pages of whoever runs the relay.
export default {
  title: 'Administration',
  back: 'Back to sessions',
  notYours: 'For administrators',
  notYoursWhy: 'Whoever runs this relay sees here how it is doing and who may use it.',
  nav: {
    live: 'Live',
    people: 'People',
    audit: 'Audit log',
    tokens: 'API tokens',
    usage: 'Usage',
    sessions: 'Sessions',
    webhooks: 'Webhooks',
    storage: 'Storage',
  },
}
