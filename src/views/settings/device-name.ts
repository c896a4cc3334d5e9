// What a browser calls itself, as people would call it. Pure; null when it says nothing that is known.
const BROWSERS: readonly [RegExp, string][] = [
  [/Edg(?:A|iOS)?\//, 'Edge'],
  [/OPR\//, 'Opera'],
  [/SamsungBrowser\//, 'Samsung Internet'],
  [/Whale\//, 'Whale'],
  [/(?:Firefox|FxiOS)\//, 'Firefox'],
  [/(?:Chrome|CriOS|HeadlessChrome)\//, 'Chrome'],
  [/Version\/.*Safari\//, 'Safari'],
]
const SYSTEMS: readonly [RegExp, string][] = [
  [/iPhone/, 'iPhone'],
  [/iPad/, 'iPad'],
  [/Android/, 'Android'],
  [/Windows/, 'Windows'],
  [/Mac OS X|Macintosh/, 'macOS'],
  [/CrOS/, 'ChromeOS'],
  [/Linux/, 'Linux'],
]

const first = (table: readonly [RegExp, string][], agent: string): string | null => table.find(([pattern]) => pattern.test(agent))?.[1] ?? null

export function deviceName(agent: string | null): { browser: string; system: string } | null {
  const browser = first(BROWSERS, agent ?? '')
  const system = first(SYSTEMS, agent ?? '')
  return browser && system ? { browser, system } : null
}
