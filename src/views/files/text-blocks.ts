// Lines of a long text in blocks: only those near the eye are laid out. Pure.

export type LineBlock<Line> = { /** Number of its first line, from 1. */ first: number; lines: readonly Line[] }

const BLOCK_LINES = 200

export function blocksOf<Line>(lines: readonly Line[]): LineBlock<Line>[] {
  const blocks: LineBlock<Line>[] = []
  for (let at = 0; at < lines.length; at += BLOCK_LINES) blocks.push({ first: at + 1, lines: lines.slice(at, at + BLOCK_LINES) })
  return blocks
}
