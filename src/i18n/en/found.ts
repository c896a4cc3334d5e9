// Below the titles of the list: what was found in what was said, and the archive.
export default {
  title: 'In conversations',
  asking: 'Searching conversations…',
  count: '{n} found in conversations | {n} found in conversations',
  none: 'No conversation mentions it.',
  offline: 'While you are offline, only titles are searched.',
  failed: 'Conversations could not be searched. {reason}',
  note: 'note',
  archived: 'archived',
  archive: 'Archived',
  archiveEmpty: 'Nothing was archived.',
  more: 'Show more',
  moreHere: 'More in this session',
  empty: {
    title: 'No session mentions “{sought}”',
    text: 'Titles, prompts, notes and answers were searched.',
    clear: 'Clear search',
  },
}
