// The hook that browsers use, without a browser.
import "./dom.js";
import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { act, cleanup, renderHook, waitFor } from "@testing-library/react";
import { useStream } from "@langchain/langgraph-sdk/react";
import { apiUrl, asks, client, defaultHeaders, release, texts, until } from "./served.js";

const PATIENCE = { timeout: 20_000, interval: 20 };

afterEach(cleanup);

// Draws the hook as a chat page does, which reads the messages and the values each time.
const draw = (assistantId, options = {}) => {
  const seen = [];
  const { result, unmount } = renderHook(() => {
    const stream = useStream({ apiUrl, apiKey: null, defaultHeaders, assistantId, ...options });
    seen.push(stream.messages.map((message) => message.content));
    stream.values;
    return stream;
  });
  return { page: () => result.current, seen, unmount };
};

const until_ = (check) => waitFor(check, PATIENCE);

test("submits, shows the words as they come, and ends", async () => {
  let threadId, created, finished;
  const { page, seen } = draw("talk", {
    onThreadId: (id) => { threadId = id; },
    onCreated: (run) => { created = run; },
    onFinish: (state) => { finished = state; },
  });
  await act(() => page().submit(asks("hi")));
  await until_(() => assert.ok(finished));
  assert.equal(page().isLoading, false);
  assert.equal(page().error, undefined);
  assert.deepEqual(texts(page().values), ["hi", "hello brave world"]);
  assert.deepEqual(texts(finished.values), ["hi", "hello brave world"]);
  assert.equal(created.thread_id, threadId);
  assert.ok(seen.some((shown) => shown.length === 2 && shown[1].startsWith("hello") && shown[1] !== "hello brave world"));
  const thread = await client.threads.get(threadId);
  assert.equal(thread.metadata.graph_id, "talk");
});

test("stops the run", async () => {
  const name = crypto.randomUUID();
  let threadId, ticks = 0, stopped = false;
  const { page } = draw("slow", {
    onThreadId: (id) => { threadId = id; },
    onCustomEvent: () => { ticks += 1; },
    onStop: () => { stopped = true; },
  });
  act(() => { page().submit(asks(name)); });
  await until_(() => assert.equal(ticks, 1));
  assert.equal(page().isLoading, true);
  await act(() => page().stop());
  await until_(() => assert.equal(page().isLoading, false));
  assert.ok(stopped);
  const [run] = await client.runs.list(threadId);
  await until(async () => (await client.runs.get(threadId, run.run_id)).status === "interrupted");
});

test("shows an interrupt and resumes", async () => {
  const { page } = draw("ask", { fetchStateHistory: true });
  await act(() => page().submit(asks("hi")));
  await until_(() => assert.deepEqual(page().interrupt?.value, { question: "approve?" }));
  await act(() => page().submit(undefined, { command: { resume: "yes" } }));
  await until_(() => assert.equal(page().messages.at(-1).content, "answer: yes"));
  assert.equal(page().interrupt, undefined);
});

test("shows what a node raised", async () => {
  const errors = [];
  const { page } = draw("fail", { onError: (error) => errors.push(error) });
  await act(() => page().submit(asks("hi")));
  await until_(() => assert.ok(page().error));
  assert.match(String(page().error.message ?? page().error), /boom from node/);
  assert.equal(errors.length, 1);
});

test("reads the history of a thread, and asks again from an older state", async () => {
  const threadId = (await client.threads.create()).thread_id;
  await client.runs.wait(threadId, "echo", { input: asks("one") });
  await client.runs.wait(threadId, "echo", { input: asks("two") });
  const { page } = draw("echo", { threadId, fetchStateHistory: true });
  await until_(() => assert.equal(page().messages.length, 4));
  assert.ok(page().history.length >= 4);
  const second = page().messages[2];
  const { firstSeenState } = page().getMessagesMetadata(second);
  const checkpoint = firstSeenState.parent_checkpoint;
  await act(() => page().submit(asks("three"), { checkpoint }));
  await until_(() => assert.deepEqual(texts(page()), ["one", "echo: one", "three", "echo: three"]));
  await until_(() => assert.equal(page().getMessagesMetadata(page().messages[2])?.branchOptions?.length, 2));
});

test("goes on with a run after the page was left", async () => {
  const name = crypto.randomUUID();
  const threadId = (await client.threads.create()).thread_id;
  let created;
  const options = { threadId, reconnectOnMount: true, onCreated: (run) => { created = run; } };
  const first = draw("slow", options);
  act(() => { first.page().submit(asks(name)); });
  await until_(() => assert.ok(created));
  await until(async () => (await client.runs.get(threadId, created.run_id)).status === "running");
  assert.equal(window.sessionStorage.getItem(`lg:stream:${threadId}`), created.run_id);
  first.unmount();
  const again = draw("slow", options);
  await until_(() => assert.equal(again.page().isLoading, true));
  await release(name);
  await until_(() => assert.deepEqual(texts(again.page()), [name, `slow: ${name}`]));
  await until_(() => assert.equal(again.page().isLoading, false));
  assert.equal((await client.runs.get(threadId, created.run_id)).status, "success");
});
