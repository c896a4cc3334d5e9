// What the database and the disk have to be asked for before it is a figure: one look serves all who ask within two seconds.
import type { RelayStats } from '#protocol'
import type { Clock } from '../clock.ts'

export type KeptFigures = Pick<RelayStats, 'cost_today' | 'webhooks' | 'database'> & { asked: number }

export type FigureSources = {
  costToday(): Promise<KeptFigures['cost_today']>
  webhooksWaiting(): Promise<number>
  openQuestions(): Promise<number>
  databaseSize(): KeptFigures['database']
}

const freshMs = 2_000

export function createKeptFigures({ clock, sources }: { clock: Pick<Clock, 'elapsed'>; sources: FigureSources }) {
  let last: KeptFigures | null = null
  let looked: { at: number; figures: Promise<KeptFigures> } | null = null

  async function look(): Promise<KeptFigures> {
    const [cost_today, waiting, asked] = await Promise.all([sources.costToday(), sources.webhooksWaiting(), sources.openQuestions()])
    return (last = { cost_today, webhooks: { waiting }, database: sources.databaseSize(), asked })
  }

  return {
    /** Throws as the database does; the next one who asks has it asked again. */
    async fresh(): Promise<KeptFigures> {
      if (looked === null || clock.elapsed() - looked.at >= freshMs) looked = { at: clock.elapsed(), figures: look() }
      const asked = looked
      try {
        return await asked.figures
      } catch (problem) {
        if (looked === asked) looked = null
        throw problem
      }
    },
    /** As of the last look; null before the first. */
    last: (): KeptFigures | null => last,
  }
}
