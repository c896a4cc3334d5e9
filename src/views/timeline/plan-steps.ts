// A plan out of its request, and what it says of itself. How many steps it has: its numbered lines at the outermost level, or its bullets when it numbers nothing.
export function planSteps(plan: string): number {
  const prose = plan.replace(/^(`{3,}|~{3,})[\s\S]*?^\1/gm, '')
  const numbered = prose.match(/^\d+[.)] /gm)?.length ?? 0
  return numbered > 0 ? numbered : (prose.match(/^[-*] /gm)?.length ?? 0)
}

const CODE_FILE = /^[\w@./-]*\.(?:[cm]?[jt]sx?|vue|svelte|astro|py|rb|go|rs|java|kt|swift|scala|c|h|cc|cpp|hpp|cs|php|lua|sh|sql|s?css|less|html?|mdx?|json[c5]?|ya?ml|toml|lock|txt|xml|env|proto|graphql|prisma|tf|ini|cfg)$/i

/** How many files it names, in code or as a path. A file named with and without its folder is one. A path begins where its word does: looked for at each letter, one long word would take seconds. */
export function planFiles(plan: string): number {
  const named = [...plan.matchAll(/`([^`\n]+)`|(?<![\w@.-])([\w@.-]+(?:\/[\w@.-]+)+)/g)].map(([, code, path]) => (code ?? path ?? '').trim().replace(/:\d+(?:[-:]\d+)?$|[.]$/, ''))
  const files = [...new Set(named.filter((name) => CODE_FILE.test(name)).map((name) => name.replace(/^\.\//, '')))]
  return files.filter((file) => !files.some((other) => other !== file && other.endsWith(`/${file}`))).length
}

/** Reads the input of ExitPlanMode. */
export const planOf = (input: unknown): string => {
  const plan = typeof input === 'object' && input !== null && 'plan' in input ? input.plan : ''
  return typeof plan === 'string' ? plan : ''
}
