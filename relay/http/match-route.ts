// Finds the row of the table for a method and a path. Segments are compared decoded, so that no spelling slips past a rule.
import { Refused } from '#protocol'
import type { Route } from './route.ts'

type Matched = { outcome: 'found'; route: Route; params: Record<string, string>; allow: string[] } | { outcome: 'other-method'; allow: string[] } | { outcome: 'none' }

/** The decoded segments of a path, or a refusal for what no honest client sends. */
export function segmentsOf(pathname: string): string[] {
  return pathname.split('/').slice(1).map((segment) => {
    let text: string
    try {
      text = decodeURIComponent(segment)
    } catch {
      throw new Refused('VALIDATION', 'the path is not valid')
    }
    if (/[\u0000-\u001f\u007f/\\]/.test(text)) throw new Refused('VALIDATION', 'the path is not valid')
    return text
  })
}

export function createMatcher(routes: readonly Route[]) {
  const table = routes.map((route) => ({ route, pattern: route.path.split('/').slice(1) }))
  const spelled = new Set<string>()
  for (const { route } of table) {
    const key = `${route.method} ${route.path.replace(/:\w+/g, ':')}`
    if (spelled.has(key)) throw new Error(`two routes for ${key}`)
    spelled.add(key)
  }

  function paramsOf(pattern: string[], segments: string[]): Record<string, string> | null {
    if (pattern.length !== segments.length) return null
    const params: Record<string, string> = {}
    for (const [index, part] of pattern.entries()) {
      const segment = segments[index]!
      if (!part.startsWith(':')) {
        if (part !== segment) return null
      } else {
        if (segment === '') return null
        params[part.slice(1)] = segment
      }
    }
    return params
  }

  /** A fixed segment wins over a parameter: `sessions/trash` before `sessions/:id`. HEAD is answered as GET where it has no row of its own. */
  return function match(method: string, segments: string[]): Matched {
    const fitting = table.flatMap(({ route, pattern }) => {
      const params = paramsOf(pattern, segments)
      return params ? [{ route, params }] : []
    })
    const best = (wanted: string) => fitting.filter(({ route }) => route.method === wanted).sort((a, b) => Object.keys(a.params).length - Object.keys(b.params).length)[0]
    if (fitting.length === 0) return { outcome: 'none' }
    const methods = new Set(fitting.map(({ route }) => route.method as string))
    const allow = [...(methods.has('GET') ? methods.add('HEAD') : methods)]
    const found = best(method) ?? (method === 'HEAD' ? best('GET') : undefined)
    return found ? { outcome: 'found', ...found, allow } : { outcome: 'other-method', allow }
  }
}
