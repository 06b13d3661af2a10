import { useEffect, useRef } from "react";
import { finishedSentences } from "./sentences";
import type { ChatMessage } from "./types";

/** Reads the newest reply aloud to screen readers: one polite announcement per finished sentence, not per word. */
export function Announcer({ messages }: { messages: ChatMessage[] }) {
  const region = useRef<HTMLDivElement>(null);
  const spoken = useRef<{ id: string; upTo: number; failed: boolean } | null>(null);
  const last = messages.at(-1);

  useEffect(() => {
    if (last?.role !== "assistant" || !region.current) return;
    const isComplete = last.status !== "streaming" && last.status !== "queued";
    if (spoken.current?.id !== last.id) {
      // A conversation that was loaded is there to be read, not to be announced.
      spoken.current = { id: last.id, upTo: isComplete ? last.text.length : 0, failed: isComplete };
    }
    const now = spoken.current;
    // The server took text back (a step was tried again): go on from where it now ends.
    now.upTo = Math.min(now.upTo, last.text.length);
    const { sentences, upTo } = finishedSentences(last.text, now.upTo, isComplete);
    now.upTo = upTo;
    if (last.status === "failed" && !now.failed && last.error) {
      now.failed = true;
      sentences.push([last.error.message, last.error.hint].filter(Boolean).join(" "));
    }
    for (const sentence of sentences) say(region.current, sentence);
  }, [last]);

  return <div ref={region} className="visually-hidden" aria-live="polite" aria-atomic="false" />;
}

const KEPT = 20;

function say(region: HTMLElement, sentence: string): void {
  const line = document.createElement("p");
  line.textContent = sentence;
  region.append(line);
  while (region.childElementCount > KEPT) region.firstElementChild?.remove();
}
