import { createContext, type ReactNode, useContext } from "react";

/** The few words primitives say by themselves. The app provides them in the person's language. */
export interface UiWords {
  close: string;
  copy: string;
  copied: string;
  increase: string;
  decrease: string;
  cancel: string;
  notifications: string;
}

const English: UiWords = {
  close: "Close",
  copy: "Copy",
  copied: "Copied",
  increase: "More",
  decrease: "Less",
  cancel: "Cancel",
  notifications: "Notifications",
};

const Words = createContext<UiWords>(English);

export function UiWordsProvider({ words, children }: { words: UiWords; children: ReactNode }) {
  return <Words value={words}>{children}</Words>;
}

export function useUiWords(): UiWords {
  return useContext(Words);
}
