// What the way in gives and what it can be told.

export type SignInAttempt = { kind: 'password'; name: string; password: string } | { kind: 'code'; code: string }

export type SignInProblem =
  | { kind: 'wrong'; triesLeft?: number }
  | { kind: 'wrong-code' }
  /** Of the link that led here. */
  | { kind: 'link-spent' }
  /** `untilMs`: the moment it opens again. */
  | { kind: 'locked'; untilMs: number }
  | { kind: 'unreachable' }
