// Below the titles of the list: what was found in what was said, the archive and the trash.
import type words from '../en/found.ts'

export default {
  title: '대화 내용',
  asking: '대화 내용을 찾는 중…',
  count: '대화 내용에서 {n}개 찾음',
  none: '대화 내용에는 나오지 않습니다.',
  offline: '오프라인에서는 제목만 찾습니다.',
  failed: '대화 내용을 찾지 못했습니다. {reason}',
  note: '메모',
  archived: '보관함',
  archive: '보관함',
  archiveEmpty: '보관한 세션이 없습니다.',
  trash: '삭제됨',
  trashHint: '삭제한 세션은 30일 동안 되살릴 수 있고, 그 뒤에는 지워집니다.',
  deletedAgo: '{when} 삭제됨 · {owner}',
  bringBack: '‘{title}’ 되살리기',
  erase: '‘{title}’ 지금 지우기',
  erasing: {
    title: '‘{title}’[을/를] 지금 지울까요?',
    text: '요청, 답변, 파일이 바로 지워지고, 아무도 되살릴 수 없습니다.',
    keep: '남겨 두기',
    yes: '지우기',
  },
  more: '더 보기',
  moreHere: '이 세션에서 더 보기',
  empty: {
    title: '‘{sought}’[이/가] 나오는 세션이 없습니다',
    text: '제목, 요청, 메모, 답변에서 찾았습니다.',
    clear: '검색 지우기',
  },
} satisfies typeof words
