// Paths as attackers and odd file systems write them, for everything that takes one.

/** Ways out that have worked somewhere. None may leave the folder; most are refused by their text alone. */
export const refused = [
  '', '.', '..', '../', '../secret', '../../etc/passwd', './a', 'a/.', 'a/..', 'a/../..', 'a/../../etc/passwd', 'a/b/../../../x', '..a/../..', 'src/./a',
  '/', '/etc/passwd', '//etc/passwd', '///', 'a//b', 'a/', '/a',
  '\\', '..\\', '..\\..\\windows', 'a\\b', 'C:\\Windows\\win.ini', '\\\\server\\share', 'a\\..\\..',
  '\0', 'a\0', 'a\0.txt', '../a\0.png', '\0../etc/passwd', 'a\nb', 'a\rb', 'a\tb', '\u001b[31m', 'a\u007f',
  '\ud800', 'a\udc00b', 'x'.repeat(256), '가'.repeat(86), `${'d/'.repeat(2_100)}x`,
]
/** Odd but honest names: they are simply not there, or lie inside. */
export const allowed = [
  'a', 'a/b/c', '...', '..a', 'a..', '....//'.slice(0, 4), '.git', '.env', '~', '~root', '$HOME', '`id`', '$(id)', ';ls', '-rf', '--help', '%2e%2e%2fetc', '%00', '..%2f..', '&', '*', 'a b',
  'C:', 'con', 'nul.txt', '한글 파일.txt', '한글'.normalize('NFD'), '\u202etxt.exe', 'שלום', '😀.md', 'x'.repeat(255), '가'.repeat(85), 'file:///etc/passwd'.replaceAll('//', '/').replaceAll('//', '/'), 'proc/self/root',
]
