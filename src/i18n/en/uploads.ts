// Files on their way.
export default {
  progress: '{done} of {total} · {speed} · {left} left',
  progressStart: '{done} of {total}',
  paused: 'Paused at {share}, goes on from here',
  waiting: 'Waiting for the connection, nothing lost',
  done: '{size} · {name}, {time}',
  failed: 'Not uploaded: {reason}',
  pause: 'Pause',
  resume: 'Resume',
  remove: 'Remove',
  download: 'Download',
  title: 'Uploads',
  spoken: {
    started: 'Uploading {name}',
    done: '{name} is uploaded',
    failed: '{name} was not uploaded',
  },
}
