// Files on their way.
export default {
  download: 'Download',
}
