export { Bubble, preloadMarkdown } from "./Bubble";
export { ChatThread, type ChatThreadProps } from "./ChatThread";
export { Composer, type ComposerHandle, type ComposerProps } from "./Composer";
export { FilePicker, type SendFile } from "./files/FilePicker";
export { Suggestions } from "./Suggestions";
export type { ChatMessage, ChatSource, ChatStatus, ChatWords } from "./types";
export { useChatWords } from "./useChatWords";
export { useFileWords } from "./useFileWords";
