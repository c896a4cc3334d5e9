// Answers to questions in one line.
export function answersText(answers: unknown): string {
  if (typeof answers !== 'object' || answers === null) return ''
  return Object.values(answers)
    .map((answer) => (Array.isArray(answer) ? answer.join(', ') : String(answer)))
    .join(' · ')
}
