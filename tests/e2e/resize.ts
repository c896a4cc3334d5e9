// Another size of the window, and the page in it.
import type { Page } from '@playwright/test'

/** What follows the size by script, such as rows that are measured anew, has followed it by the next frame. */
export async function resize(page: Page, width: number, height: number): Promise<void> {
  await page.setViewportSize({ width, height })
  await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))))
}
