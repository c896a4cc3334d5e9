// DOOR of backup: everything a relay keeps as one verified file, made while it runs; put back whole or not at all.
export { Damaged } from './archive.ts'
export { databaseSize, describeStorage } from './storage-facts.ts'
export { OfDemo, restoreBackup, type Restored } from './restore-backup.ts'
export { Taken, writeBackup } from './write-backup.ts'
