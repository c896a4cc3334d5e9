// Failures: what happened, what was kept, what to do. `code` is the table of the contract.
import type words from '../en/errors.ts'

export default {
  code: {
    BAD_FRAME: '브라우저와 릴레이가 서로 이해하지 못했습니다. 페이지를 새로 고치세요. 잃은 것은 없습니다.',
    VALIDATION: '요청에 맞지 않는 값이 있습니다. 바뀐 것은 없습니다.',
    UNAUTHORIZED: '로그인이 끝났습니다. 다시 로그인해 주세요. 글은 남아 있습니다.',
    BUDGET: '오늘 쓸 수 있는 예산을 다 썼습니다. 날이 바뀌거나 관리자가 늘리면 다시 쓸 수 있습니다.',
    FORBIDDEN: '여기서 이 일을 할 권한이 없습니다. 소유자가 권한을 줄 수 있습니다.',
    NOT_FOUND: '더는 여기에 없거나 볼 수 없습니다.',
    METHOD_NOT_ALLOWED: '여기서는 할 수 없는 일입니다.',
    CONFLICT: '다른 사람이 먼저 했습니다. 지금 보이는 것이 최신입니다.',
    ID_REUSED: '같은 번호로 다른 내용이 두 번 전송되었습니다. 다시 보내 주세요.',
    GONE: '삭제되었습니다.',
    TOO_LARGE: '보내기에 너무 큽니다. 줄이거나 파일로 첨부하세요.',
    UNSUPPORTED_TYPE: '지원하지 않는 형식의 파일입니다.',
    MISDIRECTED: '릴레이가 이 주소를 자신의 것으로 알지 못합니다. 실행 중인 컴퓨터에서 PUBLIC_URL을 설정하세요.',
    RATE_LIMITED: '한꺼번에 너무 많습니다. 잠시 뒤 저절로 보냅니다.',
    INTERNAL_ERROR: '릴레이에서 문제가 생겼습니다. 처리되었을 수도 있으니 확인한 뒤 다시 시도해 주세요.',
    BUSY: '릴레이가 바쁩니다. 저절로 다시 시도합니다.',
    DRAINING: '릴레이가 다시 시작하는 중입니다. 저절로 이어집니다.',
    CLAUDE_UNAVAILABLE: '이 컴퓨터에서 Claude를 시작할 수 없습니다. 잃은 것은 없습니다.',
  },
  unreachable: '릴레이가 응답하지 않습니다. 바뀐 것은 없으니 다시 시도해 주세요.',
  removed: '이 세션을 더는 볼 수 없습니다.',
  turnRunning: 'Claude가 작업 중입니다. 먼저 중지하거나 턴이 끝날 때까지 기다리세요.',
  turnFailed: '이 턴은 실패했습니다',
  unexpected: '페이지의 이 부분에서 문제가 생겼습니다. 나머지는 그대로입니다.',
} satisfies typeof words
