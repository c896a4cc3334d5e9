// About how much memory a batch holds while it waits for the writer, and whether the writer could take it at all.
import { StorageError } from './storage-error.ts'
import type { Batch, Param } from './contract.ts'

/** Throws for what is no parameter, before it can reach the writer and spoil a group. */
export function sizeOfParam(param: Param, sql: string): number {
  if (typeof param === 'string') return param.length
  if (param instanceof Uint8Array) return param.byteLength
  if (param === null || typeof param === 'number' || typeof param === 'bigint') return 8
  throw new StorageError('failed', `a parameter is ${typeof param} in: ${sql}`)
}

export function sizeOf(batch: Batch): number {
  let bytes = 256 + (batch.answer?.result.length ?? 0)
  for (const event of batch.events ?? []) bytes += event.data.length + 128
  for (const { sql, params = [] } of batch.statements ?? []) {
    bytes += sql.length
    for (const param of params) bytes += sizeOfParam(param, sql)
  }
  return bytes
}
