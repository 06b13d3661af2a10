import type { FileAlong, Source } from "@/api/types";
import type en from "@/i18n/en/chat.json";

export type ChatStatus = "queued" | "streaming" | "waiting" | "paused" | "done" | "stopped" | "failed";

/** A passage that a reply may rest on; `[n]` in the reply means it. */
export type ChatSource = Source;

/** A file that a reply gave along. `run`: whose it is, where that must be said to have it. */
export type ChatFile = FileAlong & { run?: string };

/**
 * What the app is at while a reply is made: something is looked up or done, by a tool whose name may be told; or a
 * question waits for a model, which answers `at_once` at a time, and `ahead` others are before it.
 */
export type Doing =
  | { kind: "look_up" | "act"; tool: string }
  | { kind: "wait"; tool: ""; ahead: number; at_once: number };

/** What a reader thinks of a reply. */
export type Rated = "good" | "bad";

export interface ChatMessage {
  /** Stable while the message streams. */
  id: string;
  role: "user" | "assistant";
  text: string;
  /** Left away for messages that are complete. */
  status?: ChatStatus;
  /** What is at work for it now. */
  doing?: readonly Doing[];
  /** Why it failed, in the reader's words. */
  error?: { message: string; hint?: string; details?: string };
  /** Passages of documents that were found for the reply, numbered from 1. */
  sources?: readonly ChatSource[];
  /** Files to be downloaded. */
  files?: readonly ChatFile[];
  /** The run that made a reply, once it is known. */
  run?: string;
  /** What the reader said of it earlier. */
  rating?: Rated | null;
}

/** The chat's words in one language: `chat.json`, from i18next in the console and by itself on the public page. */
export type ChatWords = Omit<typeof en, "page" | "files" | "ask">;
/** Those of choosing files. */
export type FileWords = (typeof en)["files"];
/** Those of a form. */
export type FormWords = Pick<typeof en, "page" | "files" | "ask">;
export type ChatPageWords = typeof en;
