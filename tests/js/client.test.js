// The JavaScript SDK's client: threads, runs, assistants, store, crons.
import assert from "node:assert/strict";
import { test } from "node:test";
import { asks, client, items, release, texts, until } from "./served.js";

const newThread = async () => (await client.threads.create()).thread_id;

const untilRunning = (threadId, runId) =>
  until(async () => (await client.runs.get(threadId, runId)).status === "running");

test("assistants are found, described and drawn", async () => {
  const [echo] = await client.assistants.search({ graphId: "echo", metadata: { created_by: "system" } });
  assert.equal(echo.graph_id, "echo");
  assert.deepEqual(await client.assistants.get(echo.assistant_id), echo);
  const schemas = await client.assistants.getSchemas("echo");
  assert.ok(schemas.input_schema.properties.messages);
  const drawn = await client.assistants.getGraph("parent");
  assert.ok(drawn.nodes.some((node) => node.id === "child"));
  assert.deepEqual(Object.keys(await client.assistants.getSubgraphs("parent")), ["child"]);
});

test("an assistant is made, changed and deleted", async () => {
  const made = await client.assistants.create({ graphId: "whoami", context: { tone: "warm" }, name: "warm" });
  assert.match((await client.runs.wait(null, made.assistant_id, { input: asks("hi") })).note, /warm$/);
  const changed = await client.assistants.update(made.assistant_id, { context: { tone: "cold" } });
  assert.equal(changed.version, 2);
  const versions = await client.assistants.getVersions(made.assistant_id);
  assert.deepEqual(versions.map((one) => one.version), [2, 1]);
  await client.assistants.setLatest(made.assistant_id, 1);
  assert.match((await client.runs.wait(null, made.assistant_id, { input: asks("hi") })).note, /warm$/);
  await client.assistants.delete(made.assistant_id);
  await assert.rejects(client.assistants.get(made.assistant_id), /404/);
});

test("threads come, change, are copied, searched and go", async () => {
  const mark = crypto.randomUUID();
  const thread = await client.threads.create({ metadata: { mark } });
  const changed = await client.threads.update(thread.thread_id, { metadata: { more: 1 } });
  assert.deepEqual([changed.metadata.mark, changed.metadata.more], [mark, 1]);
  await client.runs.wait(thread.thread_id, "echo", { input: asks("hi") });
  const copied = await client.threads.copy(thread.thread_id);
  assert.deepEqual(texts((await client.threads.getState(copied.thread_id)).values), ["hi", "echo: hi"]);
  const found = await client.threads.search({ metadata: { mark }, status: "idle" });
  assert.equal(found.length, 2);
  assert.equal(await client.threads.count({ metadata: { mark } }), 2);
  await client.threads.delete(thread.thread_id);
  await assert.rejects(client.threads.get(thread.thread_id), /404/);
});

test("the state is written, and its history read", async () => {
  const threadId = await newThread();
  await client.runs.wait(threadId, "echo", { input: asks("hi") });
  await client.threads.updateState(threadId, { values: { note: "by hand" }, asNode: "echo" });
  const history = await client.threads.getHistory(threadId, { limit: 20 });
  assert.equal(history[0].values.note, "by hand");
  const older = await client.threads.getState(threadId, history[1].checkpoint);
  assert.equal(older.values.note, undefined);
});

for (const streamMode of ["values", "updates", "messages-tuple", "custom", "tasks", "debug", "checkpoints"]) {
  test(`a run streams ${streamMode}`, async () => {
    const threadId = await newThread();
    const parts = await items(client.runs.stream(threadId, "talk", { input: asks("hi"), streamMode }));
    assert.equal(parts[0].event, "metadata");
    assert.ok(parts.some((part) => part.event === streamMode.replace("-tuple", "")));
    assert.ok(!parts.some((part) => part.event === "error"));
  });
}

test("a run without a thread streams with its subgraphs", async () => {
  const parts = await items(
    client.runs.stream(null, "parent", {
      input: asks("hi"), streamMode: ["values", "custom"], streamSubgraphs: true,
    }),
  );
  assert.ok(parts.some((part) => part.event.startsWith("custom|child:")));
});

test("a failed run says why", async () => {
  const parts = await items(client.runs.stream(null, "fail", { input: asks("hi") }));
  assert.deepEqual(parts.find((part) => part.event === "error").data, {
    error: "ValueError", message: "boom from node",
  });
  await assert.rejects(client.runs.wait(null, "fail", { input: asks("hi") }), /boom from node/);
});

test("a run in the background is joined, followed and listed", async () => {
  const [threadId, name] = [await newThread(), crypto.randomUUID()];
  const run = await client.runs.create(threadId, "slow", {
    input: asks(name), streamMode: ["values", "custom"], streamResumable: true,
  });
  await untilRunning(threadId, run.run_id);
  const following = items(client.runs.joinStream(threadId, run.run_id, { lastEventId: "-1" }));
  const joining = client.runs.join(threadId, run.run_id);
  await release(name);
  const parts = await following;
  assert.deepEqual(
    parts.filter((part) => part.event === "custom").map((part) => part.data), [{ tick: 0 }, { tick: 1 }],
  );
  const lastEventId = parts[1].id;
  const rest = await items(client.runs.joinStream(threadId, run.run_id, { lastEventId }));
  assert.deepEqual(rest, parts.slice(2));
  assert.deepEqual(texts(await joining), [name, `slow: ${name}`]);
  assert.deepEqual((await client.runs.list(threadId)).map((one) => one.status), ["success"]);
});

for (const action of ["interrupt", "rollback"]) {
  test(`a run is cancelled with ${action}`, async () => {
    const threadId = await newThread();
    const run = await client.runs.create(threadId, "slow", { input: asks(crypto.randomUUID()) });
    await untilRunning(threadId, run.run_id);
    await client.runs.cancel(threadId, run.run_id, true, action);
    if (action === "rollback") await assert.rejects(client.runs.get(threadId, run.run_id), /404/);
    else assert.equal((await client.runs.get(threadId, run.run_id)).status, "interrupted");
    const values = await client.runs.wait(threadId, "echo", { input: asks("after") });
    assert.equal(texts(values).at(-1), "echo: after");
  });
}

test("an interrupt is answered", async () => {
  const threadId = await newThread();
  const values = await client.runs.wait(threadId, "ask", { input: asks("hi") });
  assert.deepEqual(values.__interrupt__[0].value, { question: "approve?" });
  const resumed = await client.runs.wait(threadId, "ask", { command: { resume: "yes" } });
  assert.equal(texts(resumed).at(-1), "answer: yes");
});

test("a batch of runs is made", async () => {
  const made = await client.runs.createBatch([
    { assistantId: "echo", input: asks("one") }, { assistantId: "echo", input: asks("two") },
  ]);
  assert.equal(new Set(made.map((run) => run.run_id)).size, 2);
});

test("items are kept in the store", async () => {
  const space = crypto.randomUUID();
  await client.store.putItem([space, "a"], "one", { colour: "red" });
  assert.deepEqual((await client.store.getItem([space, "a"], "one")).value, { colour: "red" });
  const found = await client.store.searchItems([space], { filter: { colour: "red" } });
  assert.deepEqual(found.items.map((item) => item.key), ["one"]);
  assert.deepEqual((await client.store.listNamespaces({ prefix: [space] })).namespaces, [[space, "a"]]);
  await client.store.deleteItem([space, "a"], "one");
  assert.equal(await client.store.getItem([space, "a"], "one"), null);
});

test("a cron is made, found and deleted", async () => {
  const mark = crypto.randomUUID();
  const made = await client.crons.create("echo", {
    schedule: "27 15 1 1 *", input: asks("hi"), metadata: { mark },
  });
  const found = await client.crons.search({ metadata: { mark } });
  assert.deepEqual(found.map((cron) => cron.cron_id), [made.cron_id]);
  await client.crons.delete(made.cron_id);
  assert.equal(await client.crons.count({ metadata: { mark } }), 0);
});
