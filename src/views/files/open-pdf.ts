// Reads and draws PDF: parsed in a worker, drawn to canvas, nothing in it is run. Weighs more than the rest of the page; import it lazily.
import { getDocument, GlobalWorkerOptions, PasswordException, ResponseException, TextLayer, type PDFPageProxy } from 'pdfjs-dist'
import PdfWorker from 'pdfjs-dist/build/pdf.worker.min.mjs?worker'

/** What a PDF may leave to its reader: how Korean, Japanese and Chinese characters are counted, and the fourteen usual fonts. */
const characterMaps = import.meta.glob<string>('/node_modules/pdfjs-dist/cmaps/*.bcmap', { query: '?url', import: 'default', eager: true })
const fonts = import.meta.glob<string>('/node_modules/pdfjs-dist/standard_fonts/*.{pfb,ttf}', { query: '?url', import: 'default', eager: true })

class Enclosures {
  async fetch({ kind, filename }: { kind: string; filename: string }): Promise<Uint8Array> {
    const all = kind === 'cMapUrl' ? characterMaps : kind === 'standardFontDataUrl' ? fonts : {}
    const url = Object.entries(all).find(([path]) => path.endsWith(`/${filename}`))?.[1]
    const answer = url === undefined ? null : await fetch(url)
    if (!answer?.ok) throw new Error(`${filename} is not here`)
    return new Uint8Array(await answer.arrayBuffer())
  }
}

/** It could not be read, whatever stands in it: refused, or nobody there. */
export const isAway = (problem: unknown): boolean => problem instanceof ResponseException || (problem instanceof Error && problem.name === 'UnknownErrorException' && /fetch/i.test(problem.message))

/** CSS pixels at which a point of the page is a pixel. */
export type PageSize = { width: number; height: number }

export type Pdf = {
  pages: number
  size(page: number): Promise<PageSize>
  /** Draws a page (from 1) into the canvas, `width` CSS pixels wide, and its words into `text`, to be selected. The returned function calls it off. */
  draw(page: number, canvas: HTMLCanvasElement, text: HTMLElement, width: number, pixelRatio: number): { done: Promise<void>; stop(): void }
  close(): void
}

/** More in one canvas is refused by phones. */
const MOST_PIXELS = 16_000_000

export async function openPdf(url: string): Promise<Pdf | 'locked'> {
  const port = new PdfWorker()
  GlobalWorkerOptions.workerPort = port
  const task = getDocument({
    url,
    BinaryDataFactory: Enclosures,
    useWorkerFetch: false,
    // The page's policy allows no code made from bytes.
    useWasm: false,
    disableAutoFetch: true,
    disableStream: true,
    enableXfa: false,
    isImageDecoderSupported: false,
  })
  const close = () => void task.destroy().finally(() => port.terminate())
  const document = await task.promise.catch((problem: unknown) => {
    close()
    if (problem instanceof PasswordException) return 'locked' as const
    throw problem
  })
  if (document === 'locked') return document

  const opened = new Map<number, Promise<PDFPageProxy>>()
  const page = (at: number) => opened.get(at) ?? opened.set(at, document.getPage(at)).get(at)!

  return {
    pages: document.numPages,
    async size(at) {
      const { width, height } = (await page(at)).getViewport({ scale: 1 })
      return { width, height }
    },
    draw(at, canvas, text, width, pixelRatio) {
      let stopped = false
      let stop = () => void (stopped = true)
      async function draw(): Promise<void> {
        const proxy = await page(at)
        if (stopped) return
        const natural = proxy.getViewport({ scale: 1 })
        const scale = width / natural.width
        const sharp = Math.min(pixelRatio, Math.sqrt(MOST_PIXELS / (width * natural.height * scale)))
        const viewport = proxy.getViewport({ scale: scale * sharp })
        canvas.width = Math.floor(viewport.width)
        canvas.height = Math.floor(viewport.height)
        const drawing = proxy.render({ canvas, viewport })
        text.replaceChildren()
        text.style.setProperty('--total-scale-factor', String(scale))
        const words = new TextLayer({ textContentSource: proxy.streamTextContent(), container: text, viewport: proxy.getViewport({ scale }) })
        stop = () => {
          drawing.cancel()
          words.cancel()
        }
        await Promise.all([drawing.promise, words.render()])
      }
      return { done: draw(), stop: () => stop() }
    },
    close,
  }
}
