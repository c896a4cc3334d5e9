// What a file tool changes, taken from its input and, once it has run, from its structured result.
import type { EditInfo } from '#protocol'
import { type Fields, fieldsOf, textOf } from './facts.ts'

/** The line, from 1, where the change begins: the hunks of the result carry lines of context before it. */
function startLine(result: Fields): number | undefined {
  const hunk = fieldsOf(Array.isArray(result.structuredPatch) ? result.structuredPatch[0] : undefined)
  if (typeof hunk.newStart !== 'number' || !Array.isArray(hunk.lines)) return undefined
  const context = hunk.lines.findIndex((line) => typeof line === 'string' && !line.startsWith(' '))
  return hunk.newStart + Math.max(0, context)
}

/** `result` is the tool's own result object (an edited permission may have changed the input), undefined before it has run. */
export function editInfoOf(tool: string, input: Fields, result: unknown): EditInfo | undefined {
  const outcome = fieldsOf(result)
  switch (tool) {
    case 'Edit': {
      const file_path = textOf(outcome.filePath) ?? textOf(input.file_path)
      const old_string = textOf(outcome.oldString) ?? textOf(input.old_string)
      const new_string = textOf(outcome.newString) ?? textOf(input.new_string)
      if (file_path === undefined || old_string === undefined || new_string === undefined) return undefined
      const all = outcome.replaceAll === true || (result === undefined && input.replace_all === true)
      return { type: 'edit', file_path, old_string, new_string, replace_all: all || undefined, start_line: startLine(outcome) }
    }
    case 'Write': {
      const file_path = textOf(outcome.filePath) ?? textOf(input.file_path)
      const content = textOf(outcome.content) ?? textOf(input.content)
      return file_path === undefined || content === undefined ? undefined : { type: 'write', file_path, content }
    }
    case 'NotebookEdit': {
      const file_path = textOf(outcome.notebook_path) ?? textOf(input.notebook_path)
      const new_string = textOf(outcome.new_source) ?? textOf(input.new_source) ?? ''
      return file_path === undefined ? undefined : { type: 'edit', file_path, old_string: textOf(outcome.old_source) ?? '', new_string }
    }
    default:
      return undefined
  }
}
