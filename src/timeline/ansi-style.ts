// Colours of terminals as roles of our palette: what a program wanted to say, never the colour it asked for.

/** `null` is ordinary text. Views map a tone to a token; black and white would vanish on one of the themes and are no tones. */
export type AnsiTone = 'red' | 'green' | 'yellow' | 'blue' | 'magenta' | 'cyan' | 'grey' | null
export type AnsiStyle = {
  tone: AnsiTone
  /** Tone of the background. */
  on: AnsiTone
  bold: boolean
  dim: boolean
  italic: boolean
  underline: boolean
  strike: boolean
  inverse: boolean
}

export const PLAIN_STYLE: AnsiStyle = {
  tone: null,
  on: null,
  bold: false,
  dim: false,
  italic: false,
  underline: false,
  strike: false,
  inverse: false,
}

const BASIC: readonly AnsiTone[] = ['grey', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', null]
const FLAGS: Readonly<Record<number, Partial<AnsiStyle>>> = {
  1: { bold: true },
  2: { dim: true },
  3: { italic: true },
  4: { underline: true },
  7: { inverse: true },
  9: { strike: true },
  21: { underline: true },
  22: { bold: false, dim: false },
  23: { italic: false },
  24: { underline: false },
  27: { inverse: false },
  29: { strike: false },
  39: { tone: null },
  49: { on: null },
}

/** The style after `ESC [ <parameters> m` (ECMA-48 SGR, with the colon forms of ITU T.416). */
export function applySgr(style: AnsiStyle, parameters: string): AnsiStyle {
  let next = style
  const groups = parameters.split(';')
  for (let at = 0; at < groups.length; at++) {
    const group = groups[at]!
    const [code = 0, ...inside] = group.split(':').map(Number)
    if (code === 38 || code === 48) {
      const values = inside.length > 0 ? inside : groups.slice(at + 1).map(Number)
      const colour = extendedColour(values, inside.length > 0)
      if (inside.length === 0) at += colour.used
      next = code === 38 ? { ...next, tone: colour.tone } : { ...next, on: colour.tone }
    } else if (code === 4 && inside[0] === 0) next = { ...next, underline: false }
    else next = applyCode(next, code)
  }
  return next
}

function applyCode(style: AnsiStyle, code: number): AnsiStyle {
  if (code === 0) return PLAIN_STYLE
  const flags = FLAGS[code]
  if (flags) return { ...style, ...flags }
  if ((code >= 30 && code <= 37) || (code >= 90 && code <= 97)) return { ...style, tone: BASIC[code % 10]! }
  if ((code >= 40 && code <= 47) || (code >= 100 && code <= 107)) return { ...style, on: BASIC[code % 10]! }
  return style
}

/** `5;n` (palette) or `2;r;g;b`; in the colon form a colour space may stand before r. */
function extendedColour(values: readonly number[], colons: boolean): { tone: AnsiTone; used: number } {
  if (values[0] === 5) return { tone: ofPalette(values[1] ?? 0), used: 2 }
  if (values[0] !== 2) return { tone: null, used: 1 }
  const rgb = colons && values.length > 4 ? values.slice(2, 5) : values.slice(1, 4)
  return { tone: ofRgb(rgb[0] ?? 0, rgb[1] ?? 0, rgb[2] ?? 0), used: 4 }
}

function ofPalette(index: number): AnsiTone {
  if (index < 16) return BASIC[index % 8]!
  if (index >= 232) return index < 250 ? 'grey' : null
  const levels = [0, 95, 135, 175, 215, 255]
  const cube = index - 16
  return ofRgb(levels[Math.floor(cube / 36)]!, levels[Math.floor(cube / 6) % 6]!, levels[cube % 6]!)
}

function ofRgb(red: number, green: number, blue: number): AnsiTone {
  const most = Math.max(red, green, blue)
  const spread = most - Math.min(red, green, blue)
  if (spread < 40) return most > 200 ? null : 'grey'
  const hue = most === red ? ((green - blue) / spread + 6) % 6 : most === green ? (blue - red) / spread + 2 : (red - green) / spread + 4
  const degrees = hue * 60
  if (degrees < 20 || degrees >= 335) return 'red'
  if (degrees < 70) return 'yellow'
  if (degrees < 165) return 'green'
  if (degrees < 200) return 'cyan'
  return degrees < 260 ? 'blue' : 'magenta'
}
