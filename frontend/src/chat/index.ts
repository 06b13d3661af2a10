export { Bubble, preloadMarkdown } from "./Bubble";
export { ChatThread, type ChatThreadProps } from "./ChatThread";
export { Composer, type ComposerHandle, type ComposerProps } from "./Composer";
export { Suggestions } from "./Suggestions";
export type { ChatMessage, ChatSource, ChatStatus, ChatWords } from "./types";
export { useChatWords } from "./useChatWords";
