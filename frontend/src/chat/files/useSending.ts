import { useCallback, useEffect, useRef, useState } from "react";
import { isAbort } from "@/api/errors";
import type { FileWords } from "../types";
import { type FileRules, faultOf, say } from "./rules";

export type SendFile = (
  file: File,
  onSent: (part: number) => void,
  signal: AbortSignal,
) => Promise<{ id: string }>;

/** A file that was chosen. `id` once it has arrived; `fault`: why it has not. */
export interface Chosen {
  key: number;
  name: string;
  sent: number;
  id: string | null;
  fault: string | null;
}

let nextKey = 1;

/** Files on their way to the server, each by its own request, so that each can be stopped. */
export function useSending(
  rules: FileRules,
  words: FileWords,
  send: SendFile,
  explain: (thrown: unknown) => Promise<string> | string,
) {
  const [files, setFiles] = useState<readonly Chosen[]>([]);
  const stops = useRef(new Map<number, AbortController>());

  // Who leaves the form needs no file any more.
  useEffect(() => {
    const open = stops.current;
    return () => {
      for (const stop of open.values()) stop.abort();
    };
  }, []);

  const change = useCallback((key: number, fields: Partial<Chosen>) => {
    setFiles((all) => all.map((one) => (one.key === key ? { ...one, ...fields } : one)));
  }, []);

  const begin = async (key: number, file: File) => {
    const stop = new AbortController();
    stops.current.set(key, stop);
    try {
      const { id } = await send(file, (sent) => change(key, { sent }), stop.signal);
      change(key, { id, sent: 1 });
    } catch (thrown) {
      if (!isAbort(thrown)) {
        const why = await explain(thrown);
        change(key, { fault: `${say(words.failed, { name: file.name })} ${why}`.trim() });
      }
    } finally {
      stops.current.delete(key);
    }
  };

  const remove = (key: number) => {
    stops.current.get(key)?.abort();
    setFiles((all) => all.filter((one) => one.key !== key));
  };

  /** Adds files; one more than there is room for is named as such. A single file takes the other's place. */
  const add = (given: readonly File[]) => {
    const isOne = rules.most === 1;
    if (isOne) for (const one of files) remove(one.key);
    let room = isOne ? 1 : rules.most - files.filter(({ fault }) => fault === null).length;
    for (const file of isOne ? given.slice(0, 1) : given) {
      const key = nextKey++;
      const fault =
        faultOf(file, rules, words) ?? (room > 0 ? null : say(words.tooMany, { most: rules.most }));
      setFiles((all) => [...all, { key, name: file.name, sent: 0, id: null, fault }]);
      if (fault !== null) continue;
      room -= 1;
      void begin(key, file);
    }
  };

  return { files, add, remove };
}
