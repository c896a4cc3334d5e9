// What is said of a turn that failed, or nearly did, below its title.
import type words from '../en/trouble.ts'

export default {
  solved: '해결됨: {what}',
  tried: '{n}번 시도함',
  stoppedAfter: '{n}번 다시 시도한 뒤 멈췄습니다.',
  kept: '잃은 것은 없습니다. | 잃은 것은 없고 요청 {n}개가 기다립니다.',
  cause: {
    deleted: '{deleted_by} 님이 이 세션을 삭제함',
    files_not_handed: 'Claude가 읽는 곳에 넣지 못했습니다: {names} | Claude가 읽는 곳에 넣지 못했습니다: {names} 외 {more}개',
  },
  text: {
    overloaded: 'Claude가 저절로 다시 시도합니다.',
    rateLimit: '잠시 뒤에 다시 쓸 수 있습니다.',
    connection: '이 컴퓨터와 Anthropic 사이의 연결이 끊겼습니다.',
    stalled: '아직 생각 중일 수 있습니다.',
    stopped: '대화는 안전합니다. 다음 요청에서 다시 시작합니다.',
    signIn: '그곳의 Ensemble 폴더에서 npm run login을 실행해 주세요.',
    died: '대화는 안전합니다.',
    maxTurns: '여기서 이어서 할 수 있습니다.',
    budget: '관리자가 예산을 늘릴 수 있습니다.',
    woken: 'Claude가 저절로 다시 시작해서 멈췄습니다. 날이 바뀌거나 관리자가 예산을 늘리면 이어서 할 수 있습니다.',
    context: '요약한 뒤 이어서 하세요.',
    refused: '다른 말로 부탁해 보세요.',
    unavailable: '관리자가 릴레이 기록에서 이유를 볼 수 있습니다.',
    folder: '릴레이 운영자가 다시 열어 줄 수 있습니다.',
    tooLarge: '글을 줄이거나 첨부를 덜어 내세요.',
    noCommand: '이 폴더에 없는 명령으로 시작합니다. Claude 터미널의 명령은 여기서 쓸 수 없습니다.',
    notTaken: '이어서 하거나 다시 보내 주세요.',
  },
} satisfies typeof words
