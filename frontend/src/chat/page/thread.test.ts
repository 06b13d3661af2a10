import { describe, expect, it } from "vitest";
import type { Run } from "@/api/types";
import { asked, broke, emptyThread, heard, loaded, withoutFailed } from "./thread";

const explain = ({ code }: { code: string }) => ({ message: `words for ${code}` });
const run = (over: Partial<Run>): Run => ({
  id: "r",
  status: "succeeded",
  answer: "",
  outputs: {},
  sources: [],
  files: [],
  handled_errors: 0,
  error: null,
  usage: { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0, cost: null, at_least: false },
  conversation_id: "c",
  created_at: "",
  finished_at: null,
  ...over,
});
const started = heard(
  asked(emptyThread, "Hi", "1"),
  { kind: "run", run: { id: "r", status: "queued", conversation_id: "c" } },
  explain,
);

describe("a visitor's conversation", () => {
  it("grows with the answer and ends as the server says", () => {
    let thread = heard(started, { kind: "answer", offset: 0, text: "Hello 😀" }, explain);
    thread = heard(thread, { kind: "answer", offset: 7, text: " there" }, explain);
    expect(thread.messages[1]).toMatchObject({ text: "Hello 😀 there", status: "streaming" });

    thread = heard(thread, { kind: "end", run: run({ answer: "Hello 😀 there" }) }, explain);

    expect(thread).toMatchObject({ conversation: "c", run: null });
    expect(thread.messages[1]).toMatchObject({ text: "Hello 😀 there", status: "done" });
  });

  it("shows what the run asks while it is open, and takes it away with the answer or the end", () => {
    const ask = {
      path: "ask_human_1",
      who: "visitor" as const,
      title: "",
      message: "How many?",
      fields: [],
      actions: [],
      since: null,
      until: null,
    };
    const asking = heard(started, { kind: "asks", asks: [ask] }, explain);
    expect(asking.asks).toEqual([ask]);
    expect(asking.messages[1]?.status).toBe("waiting");

    const answered = heard(asking, { kind: "asks", asks: [] }, explain);
    expect(answered.messages[1]?.status).toBe("streaming");
    expect(heard(asking, { kind: "end", run: run({ status: "cancelled" }) }, explain).asks).toEqual([]);
    expect(broke(asking, { code: "offline" }, explain).asks).toEqual([]);
  });

  it("knows what is at work for the reply, until that is done", () => {
    const doing = [{ kind: "look_up" as const, tool: "" }];

    const busy = heard(started, { kind: "doing", doing }, explain);
    expect(busy.messages[1]).toMatchObject({ status: "streaming", doing });

    const done = heard(busy, { kind: "doing", doing: [] }, explain);
    expect(done.messages[1]?.doing).toEqual([]);
  });

  it("keeps where an answer comes from, also after a reload", () => {
    const sources = [
      {
        n: 1,
        document: "Policy.pdf",
        heading: "",
        page: 2,
        text: "Thirty days.",
        knowledge_id: "k",
        document_id: "d",
        chunk_id: 7,
      },
    ];

    const thread = heard(started, { kind: "end", run: run({ answer: "30 days [1].", sources }) }, explain);
    const again = loaded(
      {
        id: "c",
        messages: [
          {
            role: "user",
            text: "Hi",
            run_id: "r",
            rating: null,
            status: "succeeded",
            sources: [],
            files: [],
            error: null,
          },
          {
            role: "assistant",
            text: "30 days [1].",
            run_id: "r",
            rating: null,
            status: "succeeded",
            sources,
            files: [],
            error: null,
          },
        ],
      },
      explain,
    );

    expect(thread.messages[1]?.sources).toEqual(sources);
    expect(again.messages[1]?.sources).toEqual(sources);
  });

  it("keeps the files that a reply gave along, also after a reload", () => {
    const files = [{ file_id: "f1", name: "report.pdf", mime: "application/pdf", size: 5 }];

    const thread = heard(started, { kind: "end", run: run({ answer: "Here.", files }) }, explain);
    const said = { run_id: "r", rating: null, status: "succeeded" as const, sources: [], error: null };
    const again = loaded(
      {
        id: "c",
        messages: [
          { role: "user", text: "Hi", files: [], ...said },
          { role: "assistant", text: "Here.", files, ...said },
        ],
      },
      explain,
    );

    expect(thread.messages[1]?.files).toEqual(files);
    expect(again.messages[1]?.files).toEqual(files);
  });

  it("knows which run a reply came from and what the visitor thought of it, also after a reload", () => {
    const thread = heard(started, { kind: "end", run: run({ answer: "Hi" }) }, explain);
    const said = { run_id: "r", status: "succeeded" as const, sources: [], files: [], error: null };
    const again = loaded(
      {
        id: "c",
        messages: [
          { role: "user", text: "Hi", rating: null, ...said },
          { role: "assistant", text: "Hi", rating: "bad", ...said },
        ],
      },
      explain,
    );

    expect(thread.messages[1]).toMatchObject({ run: "r" });
    expect(again.messages[1]).toMatchObject({ run: "r", rating: "bad" });
  });

  it("takes text back when a step is tried again", () => {
    let thread = heard(started, { kind: "answer", offset: 0, text: "Half an ans" }, explain);

    thread = heard(thread, { kind: "answer", offset: 0, text: "Whole" }, explain);

    expect(thread.messages[1]?.text).toBe("Whole");
  });

  it("keeps what was said when it is stopped", () => {
    let thread = heard(started, { kind: "answer", offset: 0, text: "Half" }, explain);

    thread = heard(thread, { kind: "end", run: run({ status: "cancelled", answer: "" }) }, explain);

    expect(thread.messages[1]).toMatchObject({ text: "Half", status: "stopped" });
  });

  it("says why an answer failed, and asks the same question again", () => {
    const error = { code: "busy", message: "…", hint: "" };
    const failed = heard(started, { kind: "end", run: run({ status: "failed", error }) }, explain);
    expect(failed.messages[1]).toMatchObject({ status: "failed", error: { message: "words for busy" } });

    const again = withoutFailed(failed);

    expect(again).toMatchObject({ query: "Hi", thread: { messages: [], conversation: "c" } });
    expect(withoutFailed(started)).toBeNull();
  });

  it("shows a refusal where the answer would have been", () => {
    const thread = broke(asked(emptyThread, "Hi", "1"), { code: "too_many_requests" }, explain);

    expect(thread.messages.map(({ status }) => status)).toEqual([undefined, "failed"]);
  });

  it("comes back after a reload, also to an answer that is still under way", () => {
    const thread = loaded(
      {
        id: "c",
        messages: [
          {
            role: "user",
            text: "One",
            run_id: "r1",
            rating: null,
            status: "succeeded",
            sources: [],
            files: [],
            error: null,
          },
          {
            role: "assistant",
            text: "1",
            run_id: "r1",
            rating: null,
            status: "succeeded",
            sources: [],
            files: [],
            error: null,
          },
          {
            role: "user",
            text: "Two",
            run_id: "r2",
            rating: null,
            status: "failed",
            sources: [],
            files: [],
            error: null,
          },
          {
            role: "user",
            text: "Three",
            run_id: "r3",
            rating: null,
            status: "running",
            sources: [],
            files: [],
            error: null,
          },
        ],
      },
      explain,
    );

    expect(thread.run).toBe("r3");
    expect(thread.messages.map(({ role, status }) => [role, status])).toEqual([
      ["user", undefined],
      ["assistant", undefined],
      ["user", undefined],
      ["assistant", "failed"],
      ["user", undefined],
      ["assistant", "streaming"],
    ]);
  });

  it("says after a reload, too, why an answer broke off", () => {
    const said = { run_id: "r", rating: null, status: "failed" as const, sources: [], files: [] };
    const thread = loaded(
      {
        id: "c",
        messages: [
          { role: "user", text: "All of it", ...said, error: null },
          {
            role: "assistant",
            text: "So far.",
            ...said,
            error: { code: "token_limit", message: "", hint: "" },
          },
        ],
      },
      explain,
    );

    expect(thread.messages[1]).toMatchObject({
      text: "So far.",
      status: "failed",
      error: { message: "words for token_limit" },
    });
  });
});
