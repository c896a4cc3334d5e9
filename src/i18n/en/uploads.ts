// Files on their way.
export default {
  done: '{size} · {name}, {time}',
  download: 'Download',
}
