// The questions of one request, as they are shown and as their answers go back.

type Choice = { label: string; description: string }
export type Question = { text: string; header: string; choices: readonly Choice[]; many: boolean }
/** What is chosen for one question: labels, and one's own words when "Something else…" is on. */
export type Given = { labels: readonly string[]; other: string | null }

const word = (value: unknown): string => (typeof value === 'string' ? value : '')
const fields = (value: unknown): Record<string, unknown> => (typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {})
const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : [])

/** Reads the input of AskUserQuestion. */
export function questionsOf(input: unknown): Question[] {
  return list(fields(input).questions).map((each) => {
    const { question, header, options, multiSelect } = fields(each)
    const choices = list(options).map((option) => ({ label: word(fields(option).label), description: word(fields(option).description) }))
    return { text: word(question), header: word(header), choices: choices.filter((choice) => choice.label !== ''), many: multiSelect === true }
  })
}

export const NOTHING: Given = { labels: [], other: null }

export const isAnswered = ({ labels, other }: Given): boolean => labels.length > 0 || (other !== null && other.trim() !== '')

/** One choice takes the place of another; of many each goes on and off by itself. */
export function choose(question: Question, before: Given, label: string): Given {
  if (!question.many) return { labels: [label], other: null }
  const labels = before.labels.includes(label) ? before.labels.filter((each) => each !== label) : [...before.labels, label]
  // In the order in which they were offered, whatever the order of presses.
  return { ...before, labels: question.choices.map((choice) => choice.label).filter((each) => labels.includes(each)) }
}

/** "Something else…": the place of a single choice, or one more beside others. */
export const chooseOther = (question: Question, before: Given): Given =>
  question.many ? { ...before, other: before.other === null ? '' : null } : { labels: [], other: before.other ?? '' }

/** By the text of the question; several choices as a list. */
export function answersOf(questions: readonly Question[], given: readonly Given[]): Record<string, string | string[]> {
  return Object.fromEntries(
    questions.map((question, at) => {
      const { labels, other } = given[at] ?? NOTHING
      const all = [...labels, ...(other !== null && other.trim() !== '' ? [other.trim()] : [])]
      return [question.text, all.length === 1 ? all[0]! : all]
    }),
  )
}
