// What a person at the terminal sees of the log: warnings and errors, a line each; the file holds everything.
const maxCharacters = 300

type Said = { message?: unknown }

/** `executions.turn_failed` is a name for machines. */
const inWords = (event: string) => event.replace(/^[a-z]+\.(?=[a-z_]+$)/, '').replaceAll('_', ' ')

/** Of one line of the log (observability/log.ts), already free of secrets and control characters; null for what only the file is for. */
function shortLine(line: string): string | null {
  const { level, event, error, reason, message, problem } = JSON.parse(line) as { level: string; event: string; error?: Said; problem?: Said; reason?: unknown; message?: unknown }
  if (level !== 'warn' && level !== 'error') return null
  const why = [error?.message ?? error, reason, problem?.message ?? problem, message].find((each) => typeof each === 'string')
  // A message may hold several lines; the first says what it is.
  const text = `${level === 'warn' ? 'Warning' : 'Error'}: ${inWords(event)}${why === undefined ? '' : `: ${String(why)}`}`.split('\n', 1)[0]!
  return text.length > maxCharacters ? `${text.slice(0, maxCharacters)}…` : text
}

/** Says each thing once until another comes: what fails a hundred times must not push the sign-in link out of sight. */
export function showShortLines(show: (text: string) => void): (line: string) => void {
  let last: string | null = null
  return (line) => {
    const text = shortLine(line)
    if (text === null || text === last) return
    last = text
    show(text)
  }
}
