// The server that the Python side started, and a client of it.
import { Client } from "@langchain/langgraph-sdk";

export const apiUrl = process.env.SERVED_URL;
export const defaultHeaders = { Authorization: `Bearer ${process.env.SERVED_TOKEN}` };

export const client = new Client({ apiUrl, apiKey: null, defaultHeaders });

export const asks = (content) => ({ messages: [{ type: "human", content, id: crypto.randomUUID() }] });

export const texts = (values) => values.messages.map((message) => message.content);

export const items = async (stream) => {
  const found = [];
  for await (const item of stream) found.push(item);
  return found;
};

// Lets the `slow` run of a message go on.
export const release = (name) =>
  fetch(`${apiUrl}/release/${name}`, { method: "POST", headers: defaultHeaders });

export const until = async (check) => {
  const deadline = Date.now() + 20_000;
  for (;;) {
    const found = await check();
    if (found) return found;
    if (Date.now() > deadline) throw new Error(`it never came: ${check}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
};
