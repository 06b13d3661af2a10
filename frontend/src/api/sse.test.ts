import { describe, expect, it } from "vitest";
import { ApiError } from "./errors";
import { followSse, type SseEvent, SseParser } from "./sse";

const stream =
  'id: 1-0\nevent: run\ndata: {"id":1}\n\n: ping\n\nid: 2-1\r\nevent: answer\r\ndata: a\r\ndata: b\r\n\r\ndata: plain\n\n';

describe("SseParser", () => {
  it("reads the same events however the stream is cut", () => {
    const whole = new SseParser().push(stream);

    for (let size = 1; size < stream.length; size++) {
      const parser = new SseParser();
      const events: SseEvent[] = [];
      for (let at = 0; at < stream.length; at += size)
        events.push(...parser.push(stream.slice(at, at + size)));
      expect(events).toEqual(whole);
    }
    expect(whole).toEqual([
      { id: "1-0", event: "run", data: '{"id":1}' },
      { id: "2-1", event: "answer", data: "a\nb" },
      { id: "2-1", event: "message", data: "plain" },
    ]);
  });

  it("drops an event that was cut off", () => {
    expect(new SseParser().push("data: half")).toEqual([]);
  });
});

const answer = (text: string, status = 200) => new Response(text, { status });
const noPause = () => Promise.resolve();
const isLast = (event: SseEvent) => event.event === "end";

async function all(
  source: Parameters<typeof followSse>[0],
  signal = new AbortController().signal,
): Promise<string[]> {
  const data: string[] = [];
  for await (const event of followSse(source, signal)) data.push(event.data);
  return data;
}

describe("followSse", () => {
  it("goes on after the last event it has seen when the connection breaks", async () => {
    const resumed: string[] = [];

    const data = await all({
      open: async () => answer("id: 1-0\ndata: a\n\nid: 1-1\ndata: b\n\nid: 1-2\ndata: cut of"),
      resume: (after) => {
        resumed.push(after);
        return Promise.resolve(answer("id: 1-2\ndata: c\n\nevent: end\ndata: !\n\n"));
      },
      isLast,
      pause: noPause,
    });

    expect(resumed).toEqual(["1-1"]);
    expect(data).toEqual(["a", "b", "c", "!"]);
  });

  it("asks again when the server cannot be reached for a while", async () => {
    let tries = 0;

    const data = await all({
      open: async () => answer("id: 1-0\ndata: a\n\n"),
      resume: async () => {
        if (++tries < 3) throw new TypeError("Failed to fetch");
        return answer("event: end\ndata: !\n\n");
      },
      isLast,
      pause: noPause,
    });

    expect(data).toEqual(["a", "!"]);
    expect(tries).toBe(3);
  });

  it("does not ask again when the server refuses", async () => {
    const body = JSON.stringify({ error: { code: "too_many_requests", message: "Slow down." } });

    const refused = all({ open: async () => answer(body, 429), resume: () => null, isLast, pause: noPause });

    await expect(refused).rejects.toMatchObject({ code: "too_many_requests", status: 429 });
  });

  it("gives up with a plain error when the connection does not come back", async () => {
    const lost = all({
      open: async () => answer("id: 1-0\ndata: a\n\n"),
      resume: async () => {
        throw new TypeError("Failed to fetch");
      },
      isLast,
      pause: noPause,
    });

    await expect(lost).rejects.toBeInstanceOf(ApiError);
  });

  it("ends quietly when it is aborted", async () => {
    const abort = new AbortController();

    const data = await all(
      {
        open: async () => {
          abort.abort();
          throw new DOMException("aborted", "AbortError");
        },
        resume: () => null,
        isLast,
        pause: noPause,
      },
      abort.signal,
    );

    expect(data).toEqual([]);
  });
});
