// Records the relay for the page without one: npm run record -- [name …]. Real relay, real CLI, scripted model.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Recording } from '../../src/mocks/recording.ts'
import { recordScenario } from './recording-drive.ts'
import { recordedScenarios } from './recorded-scenarios.ts'

const folder = join(import.meta.dir, '../fixtures/recordings')

export const recordingNames = Object.keys(recordedScenarios)
export const recordingFile = (name: string) => join(folder, `${name}.json`)
export const readRecording = (name: string) => JSON.parse(readFileSync(recordingFile(name), 'utf8')) as Recording
export const record = (name: string): Promise<Recording> => recordScenario(name, recordedScenarios[name]!)

/** A frame, a refusal or a route a line, so that a change shows as the lines that changed. */
export function recordingText({ steps, rest, refusals, ...head }: Recording): string {
  const lines = (list: readonly unknown[]) => (list.length === 0 ? '[]' : `[\n${list.map((each) => JSON.stringify(each)).join(',\n')}\n]`)
  const routes = Object.entries(rest).map(([route, answer]) => `${JSON.stringify(route)}:${JSON.stringify(answer)}`)
  const parts = steps.map(({ frames, ...step }) => `${JSON.stringify(step).slice(0, -1)},"frames":${lines(frames)}}`)
  const extra = refusals ? `,\n"refusals":${lines(refusals)}` : ''
  return `${JSON.stringify(head).slice(0, -1)},\n"rest":{\n${routes.join(',\n')}\n}${extra},\n"steps":[\n${parts.join(',\n')}\n]}\n`
}

if (import.meta.main) {
  mkdirSync(folder, { recursive: true })
  const names = process.argv.length > 2 ? process.argv.slice(2) : recordingNames
  for (const name of names) {
    const recording = await record(name)
    const text = recordingText(recording)
    writeFileSync(recordingFile(name), text)
    console.log(`${name}: ${recording.steps.length} steps, ${recording.steps.reduce((sum, { frames }) => sum + frames.length, 0)} frames, ${Math.ceil(text.length / 1024)} KiB`)
  }
}
