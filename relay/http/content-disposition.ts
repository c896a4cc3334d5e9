// The name under which a browser saves an answer (RFC 6266): in ASCII for old clients, in UTF-8 for all others. Pure.
const percent = (text: string) => encodeURIComponent(text).replace(/['()*]/g, (each) => `%${each.charCodeAt(0).toString(16).toUpperCase()}`)

/** Always `attachment`: nothing that people handed in is ever shown as a page of ours. */
export function attachmentNamed(filename: string): string {
  const name = filename.toWellFormed().replace(/[\u0000-\u001f\u007f/\\]/g, '_')
  const plain = name.replace(/[^\x20-\x7e]/g, '_').replace(/["%;]/g, '_')
  const ascii = `attachment; filename="${plain}"`
  return plain === name ? ascii : `${ascii}; filename*=UTF-8''${percent(name)}`
}
