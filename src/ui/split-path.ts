// The parts of a path that may or may not be cut: folder, beginning of the name, end of the name.

const tailLetters = 4

/** "src/a/token-bucket.ts" → folder "src/a/", head "token-bu", tail "cket.ts": the tail keeps the ending and four letters. */
export function splitPath(path: string): { folder: string; head: string; tail: string } {
  const trimmed = path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path
  const slash = trimmed.lastIndexOf('/')
  const folder = path.slice(0, slash + 1)
  const name = path.slice(slash + 1)
  const dot = name.lastIndexOf('.')
  const letters = [...name]
  const ending = dot > 0 ? [...name.slice(dot)].length : 0
  const tail = Math.min(letters.length, Math.min(ending, 8) + tailLetters)
  return { folder, head: letters.slice(0, letters.length - tail).join(''), tail: letters.slice(letters.length - tail).join('') }
}
