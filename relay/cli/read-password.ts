// Asks for a password without showing it, or takes the first line of standard input when that is no terminal.
import { Misused } from './called-with.ts'

const interrupt = '\u0003'
const endOfInput = '\u0004'
const erase = ['\u0008', '\u007f']

function typed(question: string): Promise<string> {
  const { stdin, stderr } = process
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  let text = ''
  const take = (chunk: Buffer): void => {
    for (const character of chunk.toString()) {
      if (character === interrupt) return reject(new Misused('Nothing was changed.'))
      if (character === '\r' || character === '\n' || character === endOfInput) return resolve(text)
      text = erase.includes(character) ? [...text].slice(0, -1).join('') : text + character
    }
  }
  stderr.write(question)
  stdin.setRawMode(true)
  stdin.on('data', take)
  stdin.resume()
  return promise.finally(() => {
    stdin.off('data', take)
    stdin.pause()
    stdin.setRawMode(false)
    stderr.write('\n')
  })
}

export async function readPassword(question: string): Promise<string> {
  if (!process.stdin.isTTY) return (await Bun.stdin.text()).split(/\r?\n/, 1)[0] ?? ''
  const first = await typed(question)
  if ((await typed('Once more: ')) !== first) throw new Misused('The two are not the same. Nothing was changed.')
  return first
}
