// Paths as people of a workspace call them.

/** `path` relative to `folder` when it lies in it, else as it is. An unknown (empty) folder changes nothing. */
export function relativePath(path: string, folder: string): string {
  const root = folder.replace(/\/+$/, '')
  if (root === '' || !path.startsWith(`${root}/`)) return path
  return path.slice(root.length + 1)
}
