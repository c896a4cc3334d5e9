// FILES_URL and the keys to it, read: where uploaded files lie when not in the data folder. Pure.
import { isLoopback } from './unsafe-settings.ts'

export type Bucket = {
  bucket: string
  /** Before every name: empty, or with a slash at its end. */
  prefix: string
  /** null: Amazon's own, by the region. */
  endpoint: string | null
  region: string
  accessKeyId: string
  secretAccessKey: string
  sessionToken: string | null
}

type Environment = Readonly<Record<string, string | undefined>>

const known = ['endpoint', 'region']
const example = 's3://bucket/folder?region=eu-central-1'

/** A sentence for the person at the console instead of a place that is none. Never repeats a text that may hold a key. */
export function readFilesUrl(text: string, environment: Environment, allowInsecure: boolean): { bucket: Bucket } | { problem: string } {
  const problem = (why: string) => ({ problem: `FILES_URL ${why}` })
  const url = URL.parse(text)
  if (url?.protocol !== 's3:') return problem(`must be an address such as ${example}, or unset for the data folder.`)
  if (url.username || url.password) return problem('must not hold keys: set S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY, where nobody sees them.')
  if (url.hash || url.port || !/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(url.hostname)) return problem(`names no bucket; it looks like ${example}.`)
  const odd = [...url.searchParams.keys()].find((key) => !known.includes(key))
  if (odd !== undefined) return problem(`may be followed by ${known.join(' and ')} only. Keys are read from S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY.`)
  const folder = url.pathname.split('/').filter((each) => each !== '')
  if (folder.some((each) => !/^[A-Za-z0-9_-][A-Za-z0-9._-]*$/.test(each)) || url.pathname.length > 512) return problem('has a folder with other letters than a-z, 0-9, dot, dash and underscore.')

  const either = (name: string) => environment[`S3_${name}`]?.trim() || environment[`AWS_${name}`]?.trim() || null
  // Those that belong together: nobody has one of a pair under one name and the other under another.
  const own = environment['S3_ACCESS_KEY_ID']?.trim() ? 'S3' : 'AWS'
  const key = (name: string) => environment[`${own}_${name}`]?.trim() || null
  const endpoint = url.searchParams.get('endpoint') || either('ENDPOINT')
  const server = endpoint === null ? null : URL.parse(endpoint)
  if (endpoint !== null && (!server || !/^https?:$/.test(server.protocol) || server.username || server.search || server.hash || server.pathname !== '/')) return problem('has an endpoint that is not an address such as https://s3.example.com.')
  if (server?.protocol === 'http:' && !isLoopback(server.hostname) && !allowInsecure) return problem(`would send files to ${server.host} over the network in the clear. Use https, or set ALLOW_INSECURE=true on a network that you trust.`)
  const region = url.searchParams.get('region') || either('REGION') || (server ? 'auto' : null)
  if (region === null || !/^[a-z0-9-]{1,40}$/i.test(region)) return problem(`needs the region of its bucket: ${example}.`)
  const [accessKeyId, secretAccessKey] = [key('ACCESS_KEY_ID'), key('SECRET_ACCESS_KEY')]
  if (accessKeyId === null || secretAccessKey === null) return problem('needs S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY in the environment (or the same names with AWS_).')
  // What goes by Amazon's names goes to Claude as well, where that is to talk to Bedrock.
  const isShared = own === 'AWS' && !/^(|0|false|no|off)$/i.test(environment['CLAUDE_CODE_USE_BEDROCK'] ?? '')
  if (isShared) return problem('would have its keys in the hands of Claude, who needs the AWS_ ones for Bedrock: give the bucket keys of its own, S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY.')
  const prefix = folder.length === 0 ? '' : `${folder.join('/')}/`
  return { bucket: { bucket: url.hostname, prefix, endpoint: server?.origin ?? null, region, accessKeyId, secretAccessKey, sessionToken: key('SESSION_TOKEN') } }
}
