// Every answer that a relay gives in a test, held against the relay's own description of its API by a validator that knows nothing of the relay.
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import type { Answered } from '../../relay/http/http.ts'
import { openApi } from '../../relay/http/openapi.ts'
import type { Route } from '../../relay/http/route.ts'

type Json = Record<string, unknown>
type Response_ = { content?: Record<string, object>; headers?: Record<string, object> }
type Described = { paths: Record<string, Record<string, { responses: Record<string, Response_ | { $ref: string }> }>>; components: { responses: Record<string, Response_> } }

const base = 'https://ensemble.example/api'
const pointer = (path: readonly string[]) => path.map((part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'))).join('/')

/** In the published description objects are open, as F1 says. Here nothing may come that is not in it. */
export function closed(value: unknown, within = ''): unknown {
  if (Array.isArray(value)) return value.map((each) => closed(each, within))
  if (typeof value !== 'object' || value === null) return value
  const object = value as Json
  const result = Object.fromEntries(Object.entries(object).map(([key, of]) => [key, closed(of, key)]))
  // Parts of an allOf know nothing of each other, and an example is no schema.
  const closes = object['type'] === 'object' && 'properties' in object && !('additionalProperties' in object) && within !== 'allOf'
  return closes ? { ...result, additionalProperties: false } : result
}

export function createAnswerCheck(routes: () => readonly Route[]) {
  let described: Described | null = null
  let ajv: Ajv2020 | null = null
  const validators = new Map<string, ValidateFunction>()
  const problems: string[] = []
  const reading: Promise<void>[] = []

  function describe(): Described {
    if (described) return described
    described = closed(openApi(routes(), 'test')) as Described
    ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: false })
    ajv.addSchema(described, base)
    return described
  }

  function validatorAt(path: readonly string[]): ValidateFunction {
    const key = `${base}#/${pointer(path)}`
    const known = validators.get(key) ?? ajv!.compile({ $ref: key })
    validators.set(key, known)
    return known
  }

  const answered: Answered = (name, response) => {
    if (name === undefined) return
    const { status, headers } = response
    const wrong = (what: string) => {
      problems.push(`${name} ${status}: ${what}`)
      console.error(`an answer that is not as described: ${name} ${status}: ${what}`)
    }
    const [method = '', path = ''] = name.split(' ')
    const { paths, components } = describe()
    const at = ['paths', path.replace(/:(\w+)/g, '{$1}'), method.toLowerCase()]
    const operation = paths[at[1]!]?.[at[2]!]
    if (!operation) return wrong('the route is not described')
    const said = operation.responses[String(status)]
    if (!said) return wrong('the status is not described')
    const shared = '$ref' in said ? said.$ref.split('/').at(-1)! : null
    const { content = {}, headers: named = {} } = shared === null ? (said as Response_) : components.responses[shared]!
    for (const header of Object.keys(named)) if (header === 'Retry-After' || header === 'X-Trace-Id') if (!headers.has(header) && !(header === 'Retry-After' && status === 503)) wrong(`without ${header}`)
    const type = headers.get('content-type')?.split(';')[0]?.trim() ?? ''
    if (Object.keys(content).length === 0) return void (response.body !== null && wrong(`with a body of ${type}, where none is described`))
    const entry = type in content ? type : '*/*' in content ? '*/*' : null
    if (entry === null) return wrong(`${type || 'no content type'} is not described`)
    if (entry !== 'application/json' || !('schema' in content[entry]!)) return
    const where = [...(shared === null ? [...at, 'responses', String(status)] : ['components', 'responses', shared]), 'content', entry, 'schema']
    const copy = response.clone()
    reading.push(
      copy.json().then(
        (body: unknown) => {
          const validate = validatorAt(where)
          if (!validate(body)) wrong(`${validate.errors!.map(({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`).join('; ')} in ${JSON.stringify(body).slice(0, 400)}`)
        },
        (problem: unknown) => wrong(`no JSON: ${String(problem)}`),
      ),
    )
  }

  return {
    answered,
    /** Throws when any answer so far was not as described. */
    async settle(): Promise<void> {
      await Promise.all(reading)
      if (problems.length > 0) throw new Error(`${problems.length} answers are not as openapi.json describes them:\n${[...new Set(problems)].slice(0, 10).join('\n')}`)
    },
  }
}
