// Where what Claude knows begins anew.
export default {
  cleared: 'Context cleared. Claude starts afresh from here.',
  compacted: 'The conversation was summarised to make room.',
  rewound: 'Rewound. Claude does not know what stands above, from the prompt that was taken back.',
  forked: 'Forked here from another session.',
  forkedFrom: 'Forked here from {session}.',
  imported: 'Imported here from the terminal.',
}
