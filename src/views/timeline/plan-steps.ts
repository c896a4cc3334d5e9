// A plan out of its request. How many steps it has: its numbered lines at the outermost level, or its bullets when it numbers nothing.
export function planSteps(plan: string): number {
  const prose = plan.replace(/^(`{3,}|~{3,})[\s\S]*?^\1/gm, '')
  const numbered = prose.match(/^\d+[.)] /gm)?.length ?? 0
  return numbered > 0 ? numbered : (prose.match(/^[-*] /gm)?.length ?? 0)
}

/** Reads the input of ExitPlanMode. */
export const planOf = (input: unknown): string => {
  const plan = typeof input === 'object' && input !== null && 'plan' in input ? input.plan : ''
  return typeof plan === 'string' ? plan : ''
}
