import { expect, it, vi } from "vitest";
import { ApiError } from "@/api/errors";
import type { KnowledgeDocument } from "@/api/types";
import { createUploads, type SendFile } from "./uploads";

const LIMITS = { file_bytes: 10, files_at_once: 20, upload_bytes: 20 };
const file = (name: string, content = "text") => new File([content], name);
const stored = (title: string) => [{ title } as KnowledgeDocument];

/** A server under the test's control: each file waits until it is let through or refused. */
function slowServer() {
  const waiting: Record<
    string,
    { pass: () => void; refuse: (code: string) => void; at: (part: number) => void }
  > = {};
  const send: SendFile = (_, { name }, onSent, signal) =>
    new Promise((resolve, reject) => {
      signal.addEventListener("abort", () => reject(new DOMException("", "AbortError")));
      waiting[name] = {
        pass: () => resolve(stored(name)),
        refuse: (code) => reject(new ApiError({ code, message: "" })),
        at: onSent,
      };
    });
  return { send, waiting };
}

it("refuses a file that is too large, or empty, without sending it", () => {
  const send = vi.fn();
  const uploads = createUploads(send);

  uploads
    .getState()
    .add("k", [file("big.txt", "more than ten letters"), file("empty.txt", "")], LIMITS, () => {});

  expect(uploads.getState().all.map(({ name, error }) => [name, error?.code])).toEqual([
    ["big.txt", "file_too_large"],
    ["empty.txt", "file_empty"],
  ]);
  expect(send).not.toHaveBeenCalled();
});

it("sends two at a time, tells how far each is, and lets go of what arrived", async () => {
  const { send, waiting } = slowServer();
  const uploads = createUploads(send);
  const arrived: string[] = [];

  uploads
    .getState()
    .add("k", [file("a"), file("b"), file("c")], LIMITS, ([one]) => arrived.push(one?.title ?? ""));
  expect(Object.keys(waiting)).toEqual(["a", "b"]);
  waiting.a?.at(0.5);
  expect(uploads.getState().all.map(({ state, sent }) => [state, sent])).toEqual([
    ["sending", 0.5],
    ["sending", 0],
    ["waiting", 0],
  ]);
  waiting.a?.pass();

  await vi.waitFor(() => expect(Object.keys(waiting)).toContain("c"));
  expect(arrived).toEqual(["a"]);
  expect(uploads.getState().all.map(({ name }) => name)).toEqual(["b", "c"]);
});

it("one that is refused stays with its reason and stops no other", async () => {
  const { send, waiting } = slowServer();
  const uploads = createUploads(send);
  const onStored = vi.fn();

  uploads.getState().add("k", [file("a"), file("b")], LIMITS, onStored);
  waiting.a?.refuse("storage_full");
  waiting.b?.pass();

  await vi.waitFor(() => expect(onStored).toHaveBeenCalledOnce());
  expect(uploads.getState().all.map(({ name, state, error }) => [name, state, error?.code])).toEqual([
    ["a", "failed", "storage_full"],
  ]);
});

it("a cancelled one is gone, and the next takes its place", async () => {
  const { send, waiting } = slowServer();
  const uploads = createUploads(send);

  uploads.getState().add("k", [file("a"), file("b"), file("c"), file("d")], LIMITS, () => {});
  const [first, , third] = uploads.getState().all;
  uploads.getState().remove(third?.id ?? 0);
  uploads.getState().remove(first?.id ?? 0);

  await vi.waitFor(() => expect(Object.keys(waiting)).toEqual(["a", "b", "d"]));
  expect(uploads.getState().all.map(({ name }) => name)).toEqual(["b", "d"]);
});
