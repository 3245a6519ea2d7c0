// One turn: ask, follow its events, and go on with Last-Event-ID when the connection breaks.
import { ApiError, call } from "./api.js";

const RETRY_SECONDS = [0.3, 1, 2, 4, 8, 8, 8];

export async function* readEvents(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let buffer = "";
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      buffer += value;
      const frames = buffer.split("\n\n");
      buffer = frames.pop();
      for (const frame of frames) {
        const event = parseFrame(frame);
        if (event) yield event;
      }
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}

function parseFrame(frame) {
  const fields = { id: null, data: "" };
  for (const line of frame.split("\n")) {
    if (line.startsWith("id: ")) fields.id = Number(line.slice(4));
    else if (line.startsWith("data: ")) fields.data += line.slice(6);
  }
  return fields.data ? { id: fields.id, event: JSON.parse(fields.data) } : null;
}

// Yields the events of a turn. `onStart` is told the ids as soon as the question is stored; `onBreak` that the
// connection broke. With `decision`, what waits in the conversation goes on. Without `question`, the turn of `messageId` is only followed.
export async function* followTurn({ messageId, question, conversationId, decision, onStart, onBreak }) {
  const open = () => {
    if (decision) {
      const body = { ...decision, message_id: messageId };
      return call("POST", `/api/conversations/${conversationId}/resume`, { body });
    }
    return question === undefined
      ? reopen(0)
      : call("POST", "/api/chat/stream", {
          body: { message: question, message_id: messageId, conversation_id: conversationId ?? undefined },
        });
  };
  const reopen = (after) =>
    call("GET", `/api/chat/stream/${messageId}`, { headers: after ? { "Last-Event-ID": String(after) } : {} });

  let response = await open();
  onStart?.({
    conversationId: response.headers.get("X-Conversation-ID"),
    messageId: response.headers.get("X-Message-ID"),
  });
  let last = 0;
  for (let attempt = 0; ; ) {
    try {
      for await (const { id, event } of readEvents(response.body)) {
        if (id <= last) continue;
        last = id;
        attempt = 0;
        yield event;
        if (event.type === "final" || event.type === "error") return;
      }
    } catch (error) {
      if (error instanceof SyntaxError) throw error;
    }
    onBreak?.();
    response = await reconnect(() => reopen(last), attempt++);
  }
}

async function reconnect(open, firstAttempt) {
  for (let attempt = firstAttempt; attempt < RETRY_SECONDS.length; attempt++) {
    await new Promise((resolve) => setTimeout(resolve, RETRY_SECONDS[attempt] * 1000));
    try {
      return await open();
    } catch (error) {
      if (!(error instanceof ApiError) || (error.code !== "network" && error.status < 500)) throw error;
    }
  }
  throw new ApiError("network", "");
}
