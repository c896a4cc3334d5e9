// What is said of a turn that failed, or nearly did, below its title.
export default {
  solved: 'Over: {what}',
  tried: 'tried {n} time | tried {n} times',
  stoppedAfter: 'Claude stopped after {n} retry. | Claude stopped after {n} retries.',
  kept: 'Nothing was lost. | Nothing was lost; {n} prompt waits. | Nothing was lost; {n} prompts wait.',
  cause: {
    files_not_handed: 'Could not be put where Claude reads: {names} | Could not be put where Claude reads: {names} and one more | Could not be put where Claude reads: {names} and {more} more',
  },
  text: {
    overloaded: 'Claude tries again by itself.',
    rateLimit: 'It opens again in a while.',
    connection: 'The connection of this machine to Anthropic broke.',
    stalled: 'It may still be thinking.',
    stopped: 'The conversation is safe. It starts again with the next prompt.',
    signIn: 'Run npm run login in the folder of Ensemble there.',
    died: 'The conversation is safe.',
    maxTurns: 'It can go on from here.',
    budget: 'An admin can raise it.',
    woken: 'Claude had begun again by itself and was stopped. It can go on with the next day, or when an admin raises the budget.',
    context: 'Compact it, then go on.',
    refused: 'Put it in other words.',
    unavailable: 'An admin finds the reason in the relay’s log.',
    folder: 'Whoever runs the relay can open it again.',
    tooLarge: 'Shorten it or attach less.',
    noCommand: 'It begins with a command that is none of this folder; those of Claude’s terminal are not available here.',
    notTaken: 'Continue, or send it again.',
  },
}
