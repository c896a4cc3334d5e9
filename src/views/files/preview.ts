// What a preview needs to know of a file, and where the parts that show it get its bytes.
import type { InjectionKey } from 'vue'
import { inject } from 'vue'
import type { Attachment } from '#protocol'
import { useFileAddress } from './use-file-address.ts'

/** `folder`: told quietly beside the name. */
export type PreviewFile = Attachment & { folder?: string | null }

export type FileSource = ReturnType<typeof useFileAddress>
/** The gallery has files of its own. */
export const FILE_SOURCE: InjectionKey<FileSource> = Symbol('file source')

export const useFileSource = (): FileSource => inject(FILE_SOURCE, null) ?? useFileAddress()
