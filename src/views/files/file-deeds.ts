// What can be done with files of a session, and by whom.
export type FileDeed = 'download' | 'attach' | 'share' | 'remove'
export type FileRights = Readonly<Record<FileDeed, boolean>>
