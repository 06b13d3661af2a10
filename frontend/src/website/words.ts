import type { Language } from "@/api/types";

/** Here and not among the catalogues, since a website loads no more than it must. */
export const WORDS: Record<
  Language,
  Record<"label" | "open" | "close" | "loading" | "failed" | "own", string>
> = {
  en: {
    label: "Chat",
    open: "Open the chat",
    close: "Close the chat",
    loading: "Loading…",
    failed: "The chat cannot be shown here.",
    own: "Open it on its own page",
  },
  zh: {
    label: "聊天",
    open: "打开聊天",
    close: "关闭聊天",
    loading: "正在加载…",
    failed: "聊天无法在这里显示。",
    own: "在单独的页面中打开",
  },
};
