// Numbers, spans and times as the design writes them, in both languages.
import { describe, expect, test } from 'bun:test'
import { exactCost } from '../../../src/i18n/exact-cost.ts'
import { createFormat } from '../../../src/i18n/format.ts'

const en = createFormat('en', 'Europe/Berlin')
const ko = createFormat('ko', 'Asia/Seoul')
const s = 1000
const min = 60 * s
const h = 60 * min
const d = 24 * h

describe('spans', () => {
  test.each([
    [0, '0 s', '0초'],
    [600, '0.6 s', '0.6초'],
    [8_200, '8.2 s', '8.2초'],
    [6_000, '6 s', '6초'],
    [9_960, '10 s', '10초'],
    [41_000, '41 s', '41초'],
    [59_600, '1 min', '1분'],
    [2 * min + 31 * s, '2 min 31 s', '2분 31초'],
    [2 * min, '2 min', '2분'],
    [3 * h + 5 * min + 20 * s, '3 h 5 min', '3시간 5분'],
    [h - 1, '1 h', '1시간'],
    [2 * d + 3 * h, '2 d 3 h', '2일 3시간'],
    [d - 1, '1 d', '1일'],
    [-5, '0 s', '0초'],
  ])('%d ms', (ms, english, korean) => {
    expect(en.duration(ms)).toBe(english)
    expect(ko.duration(ms)).toBe(korean)
  })

  test('an age has one unit and never runs ahead', () => {
    expect(en.age(41_900)).toBe('41 s')
    expect(en.age(4 * min + 59 * s)).toBe('4 min')
    expect(ko.age(4 * min)).toBe('4분')
    expect(en.age(26 * h)).toBe('1 d')
  })

  test('what is left is rounded up and calm', () => {
    expect(en.timeLeft(20_100)).toBe('21 s')
    expect(en.timeLeft(90_000)).toBe('2 min')
    expect(en.timeLeft(0)).toBe('1 s')
    expect(ko.timeLeft(21_000)).toBe('21초')
    expect(en.timeLeft(61 * min)).toBe('2 h')
  })

  test('a clock counts up', () => {
    expect(en.clock(6_000)).toBe('0:06')
    expect(en.clock(144_000)).toBe('2:24')
    expect(en.clock(h + 2 * min + 3 * s)).toBe('1:02:03')
  })
})

describe('moments', () => {
  const noon = Date.UTC(2026, 10, 21, 12, 8)

  test('time of day has 24 hours in both languages', () => {
    expect(en.time(noon)).toBe('13:08')
    expect(ko.time(noon)).toBe('21:08')
    expect(ko.time(Date.UTC(2026, 10, 21, 15, 0))).toBe('00:00')
  })

  test('when, by the calendar and not by 24 hours', () => {
    expect(en.when(noon - h, noon)).toBe('12:08')
    expect(en.when(noon - 14 * h, noon)).toBe('yesterday')
    expect(ko.when(noon - 24 * h, noon)).toBe('어제')
    expect(en.when(noon - 3 * d, noon)).toBe('Wed')
    expect(ko.when(noon - 3 * d, noon)).toBe('수')
    expect(en.when(noon - 13 * d, noon)).toBe('8 Nov')
    expect(ko.when(noon - 13 * d, noon)).toBe('11월 8일')
    expect(en.when(noon - 400 * d, noon)).toBe('17 Oct 2025')
  })

  test('how long ago', () => {
    expect(en.ago(noon - 3 * d, noon)).toBe('3 days ago')
    expect(ko.ago(noon - 3 * d, noon)).toBe('3일 전')
    expect(en.ago(noon - 5 * min, noon)).toBe('5 minutes ago')
    expect(ko.ago(noon + 1, noon)).toBe('지금')
  })
})

describe('amounts', () => {
  test('money', () => {
    expect(en.cost(0.34)).toBe('$0.34')
    expect(en.cost(0.0099)).toBe('< $0.01')
    expect(en.cost(0)).toBe('$0')
    expect(ko.cost(1204)).toBe('$1,204.00')
    expect([0, 0.000001, 0.0042, 0.005, 0.125, 0.34, 2.5, 1204].map(exactCost)).toEqual(['$0', '$0.000001', '$0.0042', '$0.005', '$0.125', '$0.34', '$2.50', '$1,204.00'])
  })

  test('tokens', () => {
    expect(en.tokens(850)).toBe('850')
    expect(en.tokens(64_200)).toBe('64.2k')
    expect(en.tokens(5_100)).toBe('5.1k')
    expect(en.tokens(999_960)).toBe('1M')
    expect(en.tokensShort(64_200)).toBe('64k')
    expect(en.tokensShort(200_000)).toBe('200k')
  })

  test('shares never reach the end too early', () => {
    expect(en.percent(0.91)).toBe('91 %')
    expect(en.percent(0.999)).toBe('99 %')
    expect(en.percent(1)).toBe('100 %')
    expect(en.percent(-1)).toBe('0 %')
  })

  test('sizes and speeds', () => {
    expect(en.size(0)).toBe('0 B')
    expect(en.size(850)).toBe('850 B')
    expect(en.size(2_400_000)).toBe('2.4 MB')
    expect(en.size(412_300_000)).toBe('412 MB')
    expect(en.size(1_200_000_000)).toBe('1.2 GB')
    expect(en.size(10 * 2 ** 30 + 5)).toBe('10.7 GB')
    expect(en.size(999_999)).toBe('1 MB')
    expect(ko.speed(38_000_000)).toBe('38 MB/s')
  })

  test('lists of people', () => {
    expect(en.anyOf(['Minji', 'Jun', 'Sofia'])).toBe('Minji, Jun or Sofia')
    expect(en.allOf(['Minji', 'Jun', 'Sofia'])).toBe('Minji, Jun and Sofia')
    expect(ko.anyOf(['김민지', '박준', 'Sofia'])).toBe('김민지, 박준, Sofia')
  })
})
