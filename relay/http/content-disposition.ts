// The name under which a browser saves an answer (RFC 6266): once encoded for browsers, once as it is for what knows nothing of that, such as curl, which writes those bytes. Pure.
const percent = (text: string) => encodeURIComponent(text).replace(/['()*]/g, (each) => `%${each.charCodeAt(0).toString(16).toUpperCase()}`)

/** Always `attachment`: nothing that people handed in is ever shown as a page of ours. */
export function attachmentNamed(filename: string): string {
  const name = filename.toWellFormed().replace(/[\u0000-\u001f\u007f/\\]/g, '_')
  const plain = name.replace(/["%;]/g, '_')
  // Each character of a header is one byte of it.
  const bytes = Buffer.from(plain).toString('latin1')
  const asItIs = `attachment; filename="${bytes}"`
  return bytes === name ? asItIs : `${asItIs}; filename*=UTF-8''${percent(name)}`
}
