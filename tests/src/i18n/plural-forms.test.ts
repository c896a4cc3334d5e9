// Which form of a counted sentence is meant.
import { expect, test } from 'bun:test'
import { englishForm, koreanForm } from '../../../src/i18n/plural-forms.ts'

test('English has one and other', () => {
  expect([0, 1, 2, 21].map((count) => englishForm(count, 2))).toEqual([1, 0, 1, 1])
  expect([0, 1, 7].map((count) => englishForm(count, 1))).toEqual([0, 0, 0])
})

test('English with more forms counts from none', () => {
  expect([0, 1, 2, 3, 40].map((count) => englishForm(count, 4))).toEqual([0, 1, 2, 3, 3])
})

test('Korean has one form, or none and some', () => {
  expect([0, 1, 2].map((count) => koreanForm(count, 1))).toEqual([0, 0, 0])
  expect([0, 1, 2].map((count) => koreanForm(count, 2))).toEqual([0, 1, 1])
})
