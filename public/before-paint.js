// Sets theme and language before the first paint. Classic and blocking on purpose: a module would run after it.
// The keys and values are those of src/views/shell/preferences.ts.
;(function () {
  var root = document.documentElement
  var theme = null
  var language = null
  try {
    theme = localStorage.getItem('ensemble.theme')
    language = localStorage.getItem('ensemble.language')
  } catch {
    // Storage may be forbidden; then the system decides.
  }
  if (theme === 'light' || theme === 'dark') root.dataset.theme = theme
  if (language !== 'en' && language !== 'ko') {
    language = 'en'
    var wanted = navigator.languages || [navigator.language || 'en']
    for (var i = 0; i < wanted.length; i++) {
      var short = wanted[i].slice(0, 2).toLowerCase()
      if (short === 'en' || short === 'ko') {
        language = short
        break
      }
    }
  }
  root.lang = language
})()
