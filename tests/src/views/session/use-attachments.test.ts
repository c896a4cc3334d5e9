// The files of the next prompt: what is deleted elsewhere goes from here too, and is not deleted twice.
import { expect, test } from 'bun:test'
import { effectScope, shallowRef } from 'vue'
import { useAttachments } from '../../../../src/views/session/use-attachments.ts'
import { openTestBrowser, until } from '../../stores/test-browser.ts'

test('U1 a file that is deleted while its chip stands takes the chip along; only what one takes off oneself is asked of the relay', async () => {
  const browser = await openTestBrowser({ origin: 'http://localhost:1' })
  const removed: string[] = []
  const files = {
    upload: async (file: File) => ({ ok: true, data: { file_id: `id of ${file.name}` } }),
    remove: async (id: string) => void removed.push(id),
  }
  Object.assign(browser.services.rest.files, files)
  const deleted = shallowRef<readonly string[]>([])
  const scope = effectScope()
  const attachments = browser.run(() => scope.run(() => useAttachments('s1', () => deleted.value, () => undefined)))!
  attachments.add(['kept.txt', 'gone.txt'].map((name) => new File(['x'], name)))
  await until(() => attachments.ids.value.length === 2, 'both files are uploaded')

  deleted.value = ['id of gone.txt', 'of another prompt']
  expect(attachments.ids.value).toEqual(['id of kept.txt'])
  expect(removed).toEqual([])

  attachments.remove(attachments.files.value[0]!.key)
  expect(attachments.files.value).toEqual([])
  expect(removed).toEqual(['id of kept.txt'])
  scope.stop()
  browser.close()
})
