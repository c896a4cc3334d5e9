// The words of screens that do not come with the page.
import { expect, test } from 'bun:test'
import { createWords } from '../../../src/i18n/i18n.ts'

test('they join those that are here, once, and come with another language at once', async () => {
  const words = await createWords('en')
  expect([words.t('ui.close'), words.t('settings.title')]).toEqual(['Close', 'settings.title'])
  await Promise.all([words.rest(), words.rest()])
  expect([words.t('ui.close'), words.t('settings.title'), words.t('signIn.submit')]).toEqual(['Close', 'Settings', 'Sign in'])
  await words.use('ko')
  expect([words.t('ui.close'), words.t('settings.title')]).toEqual(['닫기', '설정'])
  await words.use('en')
  expect(words.t('settings.title')).toBe('Settings')
})
