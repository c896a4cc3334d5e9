// Hands bytes to the browser as a file to keep, or as a page to look at.

/** Whoever has only begun to read them still does for a while. */
const KEPT_MS = 60_000

/** Without a name it opens in a tab of its own. */
export function saveBlob(blob: Blob, filename?: string): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(blob)
  if (filename === undefined) Object.assign(link, { target: '_blank', rel: 'noopener' })
  else link.download = filename
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), KEPT_MS)
}
