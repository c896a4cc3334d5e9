// Pictures of lists very small: each is fetched once, however often it is shown, as long as the same person is here.
import { defineStore } from 'pinia'
import { createThumbs } from './thumbs.ts'
import { useServices } from './use-services.ts'

const SIDE = 64

export const useThumbsStore = defineStore('thumbs', () => {
  const { rest, token } = useServices()
  const thumbs = createThumbs<ImageBitmap>({
    async draw(fileId) {
      const outcome = await rest.files.content(fileId)
      return outcome.ok ? square(outcome.data) : 'later'
    },
  })
  let user = token.user()?.id
  token.onChange(() => {
    if (token.user()?.id !== user) thumbs.clear()
    user = token.user()?.id
  })
  return { side: SIDE, of: thumbs.of }
})

/** The middle of it. Null: it cannot be drawn. */
async function square(bytes: Blob): Promise<ImageBitmap | null> {
  const whole = await createImageBitmap(bytes).catch(() => null)
  if (whole === null) return null
  const side = Math.min(whole.width, whole.height)
  const small = await createImageBitmap(whole, (whole.width - side) / 2, (whole.height - side) / 2, side, side, { resizeWidth: SIDE, resizeHeight: SIDE, resizeQuality: 'high' }).catch(() => null)
  whole.close()
  return small
}
