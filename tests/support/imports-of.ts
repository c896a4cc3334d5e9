// What a file of ours imports of ours, types included, as paths from the root of the project.
import { dirname, join, relative } from 'node:path'

export const root = join(import.meta.dir, '../..')

export async function importsOf(file: string): Promise<string[]> {
  const text = await Bun.file(join(root, file)).text()
  const found = [...text.matchAll(/(?:^(?:import|export)\s(?:[^'"`;]*?\sfrom\s*)?|import\s*\(\s*)['"]([^'"]+)['"]/gm)]
  return found.flatMap(([, target = '']) => {
    if (target === '#protocol') return ['src/protocol/index.ts']
    // Our own imports carry their real ending; `.js` stands only in the code that the demo writes out as a sample.
    return target.startsWith('.') && !target.endsWith('.js') ? [relative(root, join(root, dirname(file), target.replace(/\?.*$/, '')))] : []
  })
}
