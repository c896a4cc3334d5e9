// What a list shows of a conversation in the terminal: a title, its first prompt, how much was said. Read once for each state of a file.
import { Refused } from '#protocol'
import { textOf } from './facts.ts'
import { entryOf, isAnswer, isSaid, parseLine, promptOf } from './transcript-entries.ts'
import { readTranscript, type TranscriptFile } from './transcript-files.ts'

/** More of a file is not read for a list: then nobody has counted what was said. */
const maxReadBytes = 8 * 1024 * 1024
const maxKept = 1_000
const maxChars = 300

export type TranscriptSummary = { title: string | null; firstPrompt: string; /** null: too many to count. */ messages: number | null }

type Kept = { bytes: number; changedAt: number; summary: TranscriptSummary | null }

/** How the SDK signs what a program of its own began, this relay for one: no terminal did. */
const PROGRAM = /"entrypoint":"sdk-(ts|py)"/

/** For a list it is enough to know how it begins. */
async function* upTo(lines: AsyncGenerator<string>, tooMany: () => void): AsyncGenerator<string> {
  try {
    yield* lines
  } catch (problem) {
    if (!(problem instanceof Refused)) throw problem
    tooMany()
  }
}

/** null: nothing was said in it, it belongs to another folder, or a program and no person in a terminal has talked there. */
async function read({ path, bytes }: TranscriptFile, cwd: string, isLate: () => boolean): Promise<TranscriptSummary | null | 'late'> {
  let place: string | undefined
  let title: { text: string; rank: number } | null = null
  let firstPrompt: string | null = null
  let messages = 0
  let isWhole = bytes <= maxReadBytes
  const named = (text: string | undefined, rank: number) => {
    if (text && rank >= (title?.rank ?? 0)) title = { text: text.slice(0, maxChars), rank }
  }
  for await (const line of upTo(readTranscript(path, maxReadBytes), () => (isWhole = false))) {
    if (isLate()) return 'late'
    if (PROGRAM.test(line)) return null
    const fields = parseLine(line)
    if (!fields) continue
    if (fields.type === 'custom-title') named(textOf(fields.customTitle), 3)
    if (fields.type === 'ai-title') named(textOf(fields.aiTitle), 2)
    if (fields.type === 'summary') named(textOf(fields.summary), 1)
    place ??= textOf(fields.cwd)
    // Different folders can have one name there.
    if (place !== undefined && place !== cwd) return null
    const entry = entryOf(fields)
    if (!entry || !isSaid(entry)) continue
    const prompt = promptOf(entry)
    if (prompt !== null) firstPrompt ??= prompt.slice(0, maxChars)
    if (prompt !== null || isAnswer(entry)) messages += 1
  }
  if (firstPrompt === null || place === undefined) return null
  return { title: (title as { text: string } | null)?.text ?? null, firstPrompt, messages: isWhole ? messages : null }
}

export function createTranscriptSummaries() {
  const kept = new Map<string, Kept>()

  /** `isLate`: asked at each line; what is not known by then is told as 'late', and not kept. */
  return async function summaryOf(file: TranscriptFile, cwd: string, isLate: () => boolean = () => false): Promise<TranscriptSummary | null | 'late'> {
    const known = kept.get(file.path)
    if (known?.bytes === file.bytes && known.changedAt === file.changedAt) return known.summary
    // Gone or changed between two looks: then it is not there.
    const summary = await read(file, cwd, isLate).catch(() => null)
    if (summary === 'late') return summary
    kept.delete(file.path)
    kept.set(file.path, { bytes: file.bytes, changedAt: file.changedAt, summary })
    if (kept.size > maxKept) kept.delete(kept.keys().next().value!)
    return summary
  }
}
