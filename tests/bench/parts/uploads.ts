// Files on their way in: our doors beside a bare server and @tus/server, what a large one costs in memory, a browser, and whether people who talk notice.
import { existsSync, mkdtempSync, openSync, closeSync, fsyncSync, rmSync, writeSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import type { UploadTarget } from '../load/upload-senders.ts'
import { startLoadGenerator } from '../measure/load-generator.ts'
import { openUploadPages } from '../measure/upload-pages.ts'
import { residentKb, startServer } from '../measure/processes.ts'
import { startRelayUnderLoad, type RelayUnderLoad } from '../measure/relay-under-load.ts'
import { roundsWithin } from '../measure/rounds.ts'
import type { PartOptions, Section } from '../measure/section.ts'
import { median, pairedRatio } from '../measure/statistics.ts'
import { ms, number, table, targetTable, times } from '../measure/table.ts'

const mib = 1024 * 1024
const peers = join(import.meta.dir, '..', 'peers')
const memory = '/dev/shm'

type Row = { label: string; target: UploadTarget; chunkBytes: number; bytes: number; pauseMs?: number }
const rate = (bytes: number, seconds: number) => bytes / seconds / 1e6
const mbs = (value: number) => `${number(value)} MB/s`

/** Writes as much to the disk as is uploaded, and waits for it: what nothing that syncs can be faster than. */
function diskAlone(folder: string, bytes: number): number {
  const path = join(folder, 'disk-alone')
  const block = new Uint8Array(mib).fill(7)
  const began = performance.now()
  const file = openSync(path, 'w')
  for (let written = 0; written < bytes; written += mib) writeSync(file, block)
  fsyncSync(file)
  closeSync(file)
  const seconds = (performance.now() - began) / 1000
  rmSync(path)
  return rate(bytes, seconds)
}

export async function uploads({ rounds, minutes, say }: PartOptions): Promise<Section> {
  const onDisk = process.env['TMPDIR']
  const inMemory = existsSync(memory)
  // For everybody alike: otherwise the disk of this machine would be all that is measured. How ours does with it is a line of its own.
  if (inMemory) process.env['TMPDIR'] = memory
  const folder = mkdtempSync(join(tmpdir(), 'ensemble-bench-uploads-'))
  const settings = { MAX_UPLOAD_MIB: '8192' }
  const relay = await startRelayUnderLoad({ settings })
  if (onDisk === undefined) delete process.env['TMPDIR']
  else process.env['TMPDIR'] = onDisk
  const onTheDisk = await startRelayUnderLoad({ settings })
  const [node, bun, put] = await Promise.all([
    startServer(['node', 'tus-server.mjs', join(folder, 'node')], peers),
    startServer([process.execPath, 'tus-server.mjs', join(folder, 'bun')], peers),
    startServer([process.execPath, 'put-server.ts', join(folder, 'put')], peers),
  ])
  const generator = startLoadGenerator()
  const talk = startLoadGenerator()
  try {
    const [token] = (await relay.tokens(1)) as [string]
    const [diskToken] = (await onTheDisk.tokens(1)) as [string]
    const port = ({ firstLine }: { firstLine: string }) => Number(firstLine)
    const targets: Record<string, UploadTarget> = {
      relay: { way: 'relay', port: relay.port, token },
      put: { way: 'put', port: port(put) },
      hash: { way: 'hash', port: port(put) },
      bun: { way: 'tus', port: port(bun) },
      node: { way: 'tus', port: port(node) },
    }
    const labels: Record<string, string> = { relay: 'relay: SHA-256, rights, fsync', put: 'limit: bare PUT, bytes dropped', hash: 'bare PUT + SHA-256, dropped', bun: '@tus/server on Bun', node: '@tus/server on Node' }
    const shapes = [
      { key: '1m', chunkBytes: mib, bytes: 256 * mib },
      { key: '64k', chunkBytes: 64 * 1024, bytes: 64 * mib },
    ]
    const rows: Record<string, Row> = {}
    for (const { key, ...shape } of shapes) for (const [name, target] of Object.entries(targets)) rows[`${key} ${name}`] = { label: labels[name]!, target, ...shape }
    rows['disk'] = { label: 'relay on the disk of this machine', target: { way: 'relay', port: onTheDisk.port, token: diskToken }, chunkBytes: mib, bytes: 256 * mib }
    rows['messages'] = { label: 'relay: 64 KiB in base64 by messages', target: { way: 'messages', port: relay.port, token }, chunkBytes: 64 * 1024, bytes: 64 * mib }
    rows['requirement'] = { label: 'bare: 64 KiB in base64 by messages, 10 ms after each', target: { way: 'requirement', port: port(put) }, chunkBytes: 64 * 1024, bytes: 8 * mib, pauseMs: 10 }

    const measured: Record<string, number[]> = { 'disk alone': [] }
    for (const round of roundsWithin(rounds, minutes)) {
      measured['disk alone']!.push(diskAlone(onTheDisk.home.folder, 256 * mib))
      // Each begins once in five.
      const names = Object.keys(rows)
      for (const name of [...names.slice(round % names.length), ...names.slice(0, round % names.length)]) {
        const { label: _, ...plan } = rows[name]!
        const { seconds } = await generator.ask('upload', plan)
        ;(measured[name] ??= []).push(rate(plan.bytes, seconds))
      }
      say(`round ${round + 1}: ${Object.entries(measured).map(([name, rates]) => `${name} ${Math.round(rates.at(-1)!)}`).join(', ')}`)
    }
    const of = (name: string) => measured[name]!
    const cells = (name: string, base: string) => [mbs(median(of(name))), times(pairedRatio(of(name), of(base)))]

    const memoryOf = await flatMemory(relay, targets['relay']!, generator, say)
    const pages = await fromChromium(relay, port(put), join(folder, 'chosen'), rounds, say)
    const chat = await talking(relay, { relay: targets['relay']!, put: targets['put']! }, generator, talk, { rounds, say })

    const speed = table(
      ['', '1 MiB chunks', 'against @tus/server on Node', '64 KiB chunks', 'against @tus/server on Node'],
      Object.keys(targets).map((name) => [labels[name]!, ...cells(`1m ${name}`, '1m node'), ...cells(`64k ${name}`, '64k node')]),
    )
    const others = table(
      ['', 'speed'],
      [
        ['the disk of this machine alone: written and synced', mbs(median(of('disk alone')))],
        [rows['disk']!.label, mbs(median(of('disk')))],
        [rows['messages']!.label, mbs(median(of('messages')))],
        [rows['requirement']!.label, mbs(median(of('requirement')))],
        ['Chromium, a file of 256 MiB chosen in the page, until it is in the list', mbs(median(pages.page))],
        ['the same, until the page has compared its own hash with the relay’s', mbs(median(pages.compared))],
        ['Chromium, fetch PUT of as much to a bare server', mbs(median(pages.put))],
      ],
    )
    const talks = table(
      ['a note, said 50 times a second, at 20 readers', 'p50', 'p99', 'uploads meanwhile'],
      chat.map(({ what, p50, p99, rates }) => [what, ms(median(p50)), ms(median(p99)), rates.length === 0 ? '–' : mbs(median(rates))]),
    )
    // One slow moment of the machine is all of a round's p99: what the rounds have in common is compared, not each with its neighbour.
    const [paced, full, barePaced, bareFull] = chat.slice(1).map(({ p99 }) => median(p99) / median(chat[0]!.p99)) as [number, number, number, number]
    const ratios = { node: pairedRatio(of('1m relay'), of('1m node')), bun: pairedRatio(of('1m relay'), of('1m bun')), requirement: pairedRatio(of('1m relay'), of('requirement')), page: pairedRatio(pages.page, pages.put) }
    const machines = (bare: number) => `beside the same uploads to a bare server, on the core of the relay and from the core of the readers, it is ${times(bare)}${bare > 2 ? ', so much is the machine' : ''}`
    const goals = targetTable([
      { what: '1 MiB chunks, against @tus/server on Node', target: '≥ 2.5×', measured: times(ratios.node), met: ratios.node >= 2.5, cause: `a bare PUT that drops the bytes once they are hashed comes to ${times(pairedRatio(of('1m hash'), of('1m node')))} on the same core` },
      { what: '1 MiB chunks, against it on Bun without the hash', target: '≥ 0.9×', measured: times(ratios.bun), met: ratios.bun >= 0.9 },
      { what: 'against the base64 way of the requirement', target: '≥ 75×', measured: times(ratios.requirement), met: ratios.requirement >= 75, cause: `a sender that sleeps loses nothing by a busy machine, and ours does: a bare PUT that drops the bytes once they are hashed comes to ${times(pairedRatio(of('1m hash'), of('requirement')))} beside it` },
      { what: 'that way itself, without pauses', target: '≥ 100 MB/s', measured: mbs(median(of('messages'))), met: median(of('messages')) >= 100, cause: `the next chunk is only sent when the last is answered, and each takes ${ms((65_536 / 1e6 / median(of('messages'))) * 1000)}: JSON and base64 at both ends, the write, the answer` },
      { what: `memory over ${number(memoryOf.bytes / 1024 ** 3)} GiB`, target: 'flat', measured: `${number(memoryOf.beforeMb)} MB before, ${number(memoryOf.peakMb)} at most, ${number(memoryOf.secondHalfMb - memoryOf.firstHalfMb)} more in the second half than in the first (medians)`, met: memoryOf.secondHalfMb - memoryOf.firstHalfMb < 16 },
      { what: 'the page in Chromium, against a bare fetch PUT', target: '≥ 0.7×', measured: times(ratios.page), met: ratios.page >= 0.7, cause: 'the page reads the file from the disk, asks for each piece whether it came, and waits for what tells of it; the relay writes and hashes what the PUT’s server drops' },
      { what: '50 uploads of 1 MB/s each: p99 of what people say', target: '≤ 2× idle', measured: times(paced), met: paced <= 2, cause: machines(barePaced) },
      { what: '50 uploads as fast as they go', target: '≤ 2× idle', measured: times(full), met: full <= 2, cause: machines(bareFull) },
    ])
    const busy = `While it ran the load of the machine's two cores was ${number(loadavg()[1]!)}: senders and servers waited for a core.`
    const where = inMemory ? 'The files of all lie in memory, so that not the disk is measured; the relay syncs as ever.' : 'The files of all lie on the disk.'
    const text = `${of('1m relay').length} rounds, all in turn within each; medians, ratios paired. One file after the other over one connection, each chunk answered before the next: 256 MiB at 1 MiB, 64 MiB at 64 KiB. ${where} ${busy}\n\n${speed}\n\n${others}\n\n${talks}\n\n### Targets\n\n${goals}`
    return { name: 'uploads', title: 'Uploads', text }
  } finally {
    await Promise.all([generator.stop(), talk.stop(), relay.stop('SIGKILL'), onTheDisk.stop('SIGKILL'), node.stop(), bun.stop(), put.stop()])
    rmSync(folder, { recursive: true, force: true })
  }
}

type Generator = ReturnType<typeof startLoadGenerator>

/** Of one file that is larger than anything that could be held. */
async function flatMemory(relay: RelayUnderLoad, target: UploadTarget, generator: Generator, say: PartOptions['say']) {
  const bytes = 4 * 1024 ** 3
  const beforeMb = residentKb(relay.pid) / 1024
  const samples: number[] = []
  const timer = setInterval(() => samples.push(residentKb(relay.pid) / 1024), 100)
  await generator.ask('upload', { target, bytes, chunkBytes: 16 * mib })
  clearInterval(timer)
  const half = samples.length >> 1
  // Medians: a single sample says when garbage was collected last.
  const found = { bytes, beforeMb, peakMb: Math.max(...samples), firstHalfMb: median(samples.slice(0, half)), secondHalfMb: median(samples.slice(half)) }
  say(`memory over 4 GiB: ${JSON.stringify(found)}`)
  return found
}

async function fromChromium(relay: RelayUnderLoad, barePort: number, folder: string, rounds: number, say: PartOptions['say']) {
  const pages = await openUploadPages(relay, barePort, folder)
  try {
    const rates: { page: number[]; compared: number[]; put: number[] } = { page: [], compared: [], put: [] }
    const bytes = 256 * mib
    for (let round = 0; round < rounds; round++) {
      const { listed, compared } = await pages.byPage(bytes)
      rates.page.push(rate(bytes, listed))
      rates.compared.push(rate(bytes, compared))
      rates.put.push(rate(bytes, await pages.byPut(bytes)))
      say(`Chromium: page ${Math.round(rates.page.at(-1)!)}, compared ${Math.round(rates.compared.at(-1)!)}, PUT ${Math.round(rates.put.at(-1)!)}`)
    }
    return rates
  } finally {
    await pages.close()
  }
}

/**
 * What people say to each other while others upload: alone, beside 50 uploads of a usual link each, beside 50 as fast as they go; to the relay,
 * and to a bare server on the same core that is not theirs. All in each round, so that a busy moment of the machine hits all of them.
 */
async function talking(relay: RelayUnderLoad, targets: { relay: UploadTarget; put: UploadTarget }, generator: Generator, talk: Generator, { rounds, say }: Pick<PartOptions, 'rounds' | 'say'>) {
  const [tokens, uploaders] = [await relay.tokens(20, 'talker'), await relay.tokens(50, 'uploader')]
  const [sessionId] = (await relay.sessions(tokens[0]!, 1)) as [string]
  await talk.ask('gather', { crowd: 'chat', targets: [{ port: relay.port, dialect: 'relay-events', id: sessionId, tokens }], listenersEach: 20, speakersEach: 5, witnessesEach: 4 })
  const seconds = 5
  const warmSeconds = 2
  const talkMinutes = 2
  const measure = async () => (await talk.ask('run', { crowd: 'chat', rate: 50, seconds, warmSeconds, drainSeconds: 3, serverPid: relay.pid, speaking: 5 })).latencyMs
  const [paced, full] = [{ bytes: 10 * mib, chunkBytes: 256 * 1024, pauseMs: 250 }, { bytes: 80 * mib, chunkBytes: mib }]
  const ways = [
    { what: 'nobody uploads' },
    { what: '50 people upload at about 1 MB/s each', target: targets.relay, plan: paced },
    { what: '50 people upload as fast as it goes', target: targets.relay, plan: full },
    { what: '50 upload at about 1 MB/s each to the bare PUT server beside', target: targets.put, plan: paced },
    { what: '50 upload as fast as it goes to the bare PUT server beside', target: targets.put, plan: full },
  ]
  const found = ways.map(({ what }) => ({ what, p50: [] as number[], p99: [] as number[], rates: [] as number[] }))
  for (const round of roundsWithin(rounds, talkMinutes)) {
    for (let turn = 0; turn < ways.length; turn++) {
      const at = (turn + round) % ways.length
      const { target, plan } = ways[at]!
      // They have all begun when what is measured does, and end after it.
      const uploading = target && generator.ask('upload', { target, ...(target.token !== undefined && { tokens: uploaders }), atOnce: 50, forMs: (warmSeconds + seconds) * 1_000, ...plan })
      const { p50, p99 } = await measure()
      found[at]!.p50.push(p50)
      found[at]!.p99.push(p99)
      const uploaded = await uploading
      if (uploaded) found[at]!.rates.push(rate(uploaded.bytes, uploaded.seconds))
    }
    say(`talk, round ${round + 1}: ${found.map(({ what, p99 }) => `${what} ${ms(p99.at(-1)!)}`).join(', ')}`)
  }
  await talk.ask('drop', { crowd: 'chat' })
  return found
}
