// Judges a path inside a workspace by its text alone; whether it leads out through a link is for inside.ts to say. Pure.
const maxPathBytes = 4_096
const maxNameBytes = 255

const controls = /[\u0000-\u001f\u007f]/

/**
 * The names along a relative path, or why it is none: NUL and control characters, backslashes, a leading slash, `..`, `.`
 * and empty names, lone surrogates, names or paths longer than a file system takes.
 */
export function namesOf(path: string): string[] | { problem: string } {
  if (path === '') return { problem: 'empty' }
  if (!path.isWellFormed()) return { problem: 'not well-formed' }
  if (controls.test(path)) return { problem: 'control character' }
  if (path.includes('\\')) return { problem: 'backslash' }
  if (path.startsWith('/')) return { problem: 'absolute' }
  if (Buffer.byteLength(path) > maxPathBytes) return { problem: 'too long' }
  const names = path.split('/')
  for (const name of names) {
    if (name === '') return { problem: 'empty name' }
    if (name === '.' || name === '..') return { problem: 'dots' }
    if (Buffer.byteLength(name) > maxNameBytes) return { problem: 'name too long' }
  }
  return names
}
