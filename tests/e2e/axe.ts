// What axe has to say of a page that has come to rest.
import AxeBuilder from '@axe-core/playwright'
import type { Page } from '@playwright/test'

type Options = {
  /** A selector: only what is in it. */
  within?: string
  /** What WCAG asks for, without what axe advises beside it. */
  wcag?: boolean
  /** Only how colours stand to each other: for a page that was looked at whole, in its other light. */
  colours?: boolean
}

/** `rule: its elements` each, none where nothing is to be said. */
export async function problemsOf(page: Page, { within, wcag = false, colours = false }: Options = {}): Promise<string[]> {
  await page.evaluate(() => Promise.allSettled([document.fonts.ready, ...document.getAnimations().filter((each) => each.playState === 'running' && each.effect?.getComputedTiming().iterations !== Infinity).map((each) => each.finished)]))
  // In the page itself, which has no frames of others: the other way opens a second page for every report. Only what is wrong is told in full.
  const axe = new AxeBuilder({ page }).setLegacyMode().options({ resultTypes: ['violations'] })
  if (within) axe.include(within)
  if (wcag) axe.withTags(['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa'])
  if (colours) axe.withRules(['color-contrast', 'link-in-text-block'])
  const { violations } = await axe.analyze()
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join('\n')}`)
}
