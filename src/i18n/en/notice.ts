// What keeps Claude from working, above the composer.
export default {
  folderRemoved: 'The folder of this session, {name}, was removed: you can read on, but nothing can be asked here.',
  folderMissing: 'The folder of this session, {name}, is not on this machine, or not where Ensemble may work: you can read on, but nothing can be asked here until it is.',
  signedOut: 'Claude is not signed in on this machine',
  missing: 'Claude Code was not found on this machine',
  missingText: 'Set CLAUDE_BIN to it, or install it in the folder of Ensemble. Nothing was lost.',
  signedOutText: 'A prompt fails until then. In the folder of Ensemble run npm run login, or set ANTHROPIC_API_KEY and start Ensemble again.',
  demo: 'To see how it works without either:',
  copyDemo: 'Copy command',
  check: 'Check again',
  lookedNone: 'Looked at {time}: still not signed in.',
  lookedMissing: 'Looked at {time}: still not found.',
  lookedLogin: 'Looked at {time}: a login or key is there. Only a prompt shows whether Anthropic takes it.',
  lookedUnanswered: 'Looked at {time}: the relay did not answer.',
  budgetNear: '{name} has used {percent} % of today’s budget.',
  budgetSpent: '{name} has used up today’s budget. Prompts that wait in the queue go out on the next day; a new one is refused until then, or until an admin raises the budget.',
  left: 'You left this session.',
}
