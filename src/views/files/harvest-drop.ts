// What a drop holds, taken out while its event lasts: a moment later it holds nothing any more.

export type Harvest = readonly { handle?: Promise<FileSystemHandle | null>; entry: FileSystemEntry | null; file: File | null }[]

type DroppedItem = DataTransferItem & { getAsFileSystemHandle?(): Promise<FileSystemHandle | null> }

/** Handles where the browser has them: with one an upload goes on after a reload. */
export const harvestDrop = (transfer: DataTransfer | null): Harvest =>
  [...(transfer?.items ?? [])].flatMap((item: DroppedItem) => (item.kind === 'file' ? [{ handle: item.getAsFileSystemHandle?.(), entry: item.webkitGetAsEntry?.() ?? null, file: item.getAsFile() }] : []))
