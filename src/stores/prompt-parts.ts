// A prompt with the files that go along: as many by themselves as it may carry; of folders beyond that it says where they are, for Claude finds the session's files in their folders. Pure.
import { LIMITS } from '#protocol'

/** `folderWords`: what is said of a folder that is only named, with `{folder}` in it. */
export type SaidPrompt = { content: string; folderWords?: string }

type GoesAlong = { fileId: string; folder: string }

const topOf = ({ folder }: GoesAlong) => folder.split('/', 1)[0]!

/** The folders that are only named: the largest, until the rest fits. */
export function namedFolders(files: readonly GoesAlong[]): string[] {
  const counts = new Map<string, number>()
  for (const file of files) if (file.folder !== '') counts.set(topOf(file), (counts.get(topOf(file)) ?? 0) + 1)
  const largest = [...counts].sort(([, a], [, b]) => b - a)
  const named: string[] = []
  for (let carried = files.length; carried > LIMITS.attachments && largest.length > 0; ) {
    const [folder, count] = largest.shift()!
    named.push(folder)
    carried -= count
  }
  return named
}

export function withFiles({ content, folderWords = '{folder}' }: SaidPrompt, files: readonly GoesAlong[]): { content: string; attachments: string[] } {
  const named = namedFolders(files)
  const told = named.map((folder) => folderWords.replace('{folder}', () => folder))
  return { content: [content, ...told].join('\n\n'), attachments: files.filter((each) => !named.includes(topOf(each))).map(({ fileId }) => fileId) }
}
