// What a question or a plan of Claude is answered with.
export default {
  question: {
    step: '{at} of {total}',
    other: 'Something else…',
    skip: 'Skip, let Claude decide',
    skipped: 'Skipped: decide for yourself',
    answer: 'Answer',
    next: 'Next',
  },
  plan: {
    steps: '{n} step | {n} steps',
    files: 'touches {n} file | touches {n} files',
    approveAsk: 'Approve, ask before edits',
    approveAccept: 'Approve, accept edits',
    keep: 'Keep planning…',
    comment: 'What should change in the plan?',
    send: 'Send to Claude',
  },
}
