// Numbers, sizes, times and lists as people read them, in both languages. Pure: what time it is comes as an argument.
import type { Language } from './language.ts'

const secondMs = 1000
const minuteMs = 60 * secondMs
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs

/** British English lists people without the comma before "or"; its days come before the months. */
const localeOf: Record<Language, string> = { en: 'en-GB', ko: 'ko-KR' }

type UnitNames = { d: string; h: string; min: string; s: string; between: string }
const units: Record<Language, UnitNames> = {
  en: { d: ' d', h: ' h', min: ' min', s: ' s', between: ' ' },
  ko: { d: '일', h: '시간', min: '분', s: '초', between: ' ' },
}

const sizeUnits = ['B', 'KB', 'MB', 'GB', 'TB', 'PB'] as const

export type Format = ReturnType<typeof createFormat>

/** `timeZone` is for tests; people get their own. */
export function createFormat(language: Language, timeZone?: string) {
  const locale = localeOf[language]
  const unit = units[language]
  const whole = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 })
  const oneDigit = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 })
  const cents = new Intl.NumberFormat('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 })
  const clockTime = new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZone })
  const weekday = new Intl.DateTimeFormat(locale, { weekday: 'short', timeZone })
  const dayOfMonth = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short', timeZone })
  const dayOfYear = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short', year: 'numeric', timeZone })
  const fullTime = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'medium', hourCycle: 'h23', timeZone })
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' })
  const calendarDay = new Intl.DateTimeFormat('en-CA', { year: 'numeric', month: '2-digit', day: '2-digit', timeZone })
  const all = new Intl.ListFormat(locale, { type: 'conjunction' })
  const any = new Intl.ListFormat(locale, { type: 'disjunction' })

  /** Days between two moments on the calendar of the reader, not in 24 hours. */
  const daysBetween = (atMs: number, nowMs: number) =>
    Math.round((Date.parse(calendarDay.format(nowMs)) - Date.parse(calendarDay.format(atMs))) / dayMs)

  const scaled = (value: number, digits: Intl.NumberFormat = value < 10 ? oneDigit : whole) => digits.format(value)

  /** A span with its two largest units: "2 min 31 s", "0.6 s", "41 s", "3 h 5 min", "2분 31초". */
  function duration(ms: number): string {
    const span = Math.max(0, ms)
    if (span < 9_950) return `${oneDigit.format(span / secondMs)}${unit.s}`
    const parts: string[] = []
    const seconds = Math.round(span / secondMs)
    const push = (value: number, name: string) => {
      if (value > 0) parts.push(`${whole.format(value)}${name}`)
    }
    if (seconds >= 86_400) {
      const hours = Math.round(seconds / 3600)
      push(Math.floor(hours / 24), unit.d)
      push(hours % 24, unit.h)
    } else if (seconds >= 3600) {
      const minutes = Math.round(seconds / 60)
      push(Math.floor(minutes / 60), unit.h)
      push(minutes % 60, unit.min)
    } else {
      push(Math.floor(seconds / 60), unit.min)
      push(seconds % 60, unit.s)
    }
    return parts.join(unit.between)
  }

  return {
    language,
    duration,

    /** One unit, rounded down, for what changes by itself: "41 s", "4 min", "3 h", "2 d"; "4분". */
    age(ms: number): string {
      const span = Math.max(0, ms)
      if (span < minuteMs) return `${Math.floor(span / secondMs)}${unit.s}`
      if (span < hourMs) return `${Math.floor(span / minuteMs)}${unit.min}`
      if (span < dayMs) return `${Math.floor(span / hourMs)}${unit.h}`
      return `${whole.format(Math.floor(span / dayMs))}${unit.d}`
    },

    /** What is left, calmly rounded: "21 s", "2 min", "1 h". */
    timeLeft(ms: number): string {
      const seconds = Math.max(1, Math.ceil(ms / secondMs))
      if (seconds < 60) return `${seconds}${unit.s}`
      if (seconds < 3600) return `${Math.ceil(seconds / 60)}${unit.min}`
      return `${Math.ceil(seconds / 3600)}${unit.h}`
    },

    /** A running clock: "0:06", "2:24", "1:02:03". */
    clock(ms: number): string {
      const seconds = Math.floor(Math.max(0, ms) / secondMs)
      const rest = String(seconds % 60).padStart(2, '0')
      const minutes = Math.floor(seconds / 60)
      if (minutes < 60) return `${minutes}:${rest}`
      return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, '0')}:${rest}`
    },

    /** Time of day: "14:08". */
    time: (atMs: number) => clockTime.format(atMs),

    /** Day and time to the second, for tooltips and logs. */
    fullTime: (atMs: number) => fullTime.format(atMs),

    /** Short, for lists: "14:01" today, "yesterday", "Tue" within a week, "8 Nov", "8 Nov 2025". */
    when(atMs: number, nowMs: number): string {
      const days = daysBetween(atMs, nowMs)
      if (days <= 0) return clockTime.format(atMs)
      if (days === 1) return relative.format(-1, 'day')
      if (days < 7) return weekday.format(atMs)
      const sameYear = calendarDay.format(atMs).slice(0, 4) === calendarDay.format(nowMs).slice(0, 4)
      return (sameYear ? dayOfMonth : dayOfYear).format(atMs)
    },

    /** "3 days ago", "just now" as "now"; "3일 전". */
    ago(atMs: number, nowMs: number): string {
      const span = Math.max(0, nowMs - atMs)
      if (span < minuteMs) return relative.format(0, 'second')
      if (span < hourMs) return relative.format(-Math.floor(span / minuteMs), 'minute')
      if (span < dayMs) return relative.format(-Math.floor(span / hourMs), 'hour')
      return relative.format(-Math.max(1, daysBetween(atMs, nowMs)), 'day')
    },

    /** A day of the calendar, short: "8 Nov" for 2026-11-08. */
    dayShort: (day: string) => dayOfMonth.format(new Date(`${day}T12:00`)),

    /** The head of a day in the timeline; undefined for today and yesterday, which have words of their own. */
    day: (atMs: number, nowMs: number) => ({ days: daysBetween(atMs, nowMs), text: dayOfYear.format(atMs) }),

    /** 1,204 */
    number: (value: number) => whole.format(value),

    /** Tokens: "850", "5.1k", "64.2k", "1.2M". */
    tokens(count: number): string {
      if (count < 1000) return whole.format(count)
      if (count < 999_950) return `${oneDigit.format(count / 1000)}k`
      return `${oneDigit.format(count / 1_000_000)}M`
    },

    /** Tokens where there is little room: "64k", "200k". */
    tokensShort(count: number): string {
      if (count < 1000) return whole.format(count)
      if (count < 999_500) return `${whole.format(count / 1000)}k`
      return `${oneDigit.format(count / 1_000_000)}M`
    },

    /** "$0.34", "< $0.01", "$1,204.00", "$0". */
    cost(usd: number): string {
      if (usd <= 0) return '$0'
      if (usd < 0.01) return '< $0.01'
      return `$${cents.format(usd)}`
    },

    /** A share of 0–1: "91 %". Never rounds to 100 before it is. */
    percent(share: number): string {
      const percent = share >= 1 ? 100 : Math.min(99, Math.round(Math.max(0, share) * 100))
      return `${percent} %`
    },

    /** Bytes in decimal units: "850 B", "2.4 MB", "412 MB", "10.7 GB". */
    size(bytes: number): string {
      let value = Math.max(0, bytes)
      let at = 0
      while (value >= 999.5 && at < sizeUnits.length - 1) {
        value /= 1000
        at += 1
      }
      return `${scaled(value, at === 0 ? whole : at > 2 && value < 100 ? oneDigit : undefined)} ${sizeUnits[at]}`
    },

    /** Bytes per second: "38 MB/s". */
    speed(bytesPerSecond: number): string {
      return `${this.size(bytesPerSecond)}/s`
    },

    /** "Minji, Jun and Sofia". */
    allOf: (names: string[]) => (language === 'ko' ? names.join(', ') : all.format(names)),

    /** "Minji, Jun or Sofia". */
    anyOf: (names: string[]) => (language === 'ko' ? names.join(', ') : any.format(names)),
  }
}
