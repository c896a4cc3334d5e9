// Opening what was cut: the whole text comes with the reader's own rights and is handed to the browser. Import it lazily.
import type { Services } from '../../stores/use-services.ts'
import { saveBlob } from '../shell/save-blob.ts'

type Parts = Pick<Services, 'rest'> & { refused(trouble: { code: string }): void }

const ADDRESS = /^\/api\/v1\/claude\/sessions\/([^/]+)\/tools\/([^/]+)\/([^/]+)$/

/** `url`: the relay's own address of a text that was cut. */
export async function openWhole(url: string, { rest, refused }: Parts): Promise<void> {
  const [, session, tool, part] = ADDRESS.exec(url) ?? []
  if (!part) return refused({ code: 'NOT_FOUND' })
  const answer = await rest.blob(`claude/sessions/${session!}/tools/${tool!}/${part}`)
  // As text, whatever the relay calls it: nothing of it is to run here.
  if (answer.ok) saveBlob(new Blob([answer.data], { type: 'text/plain;charset=utf-8' }))
  else refused(answer.trouble)
}
