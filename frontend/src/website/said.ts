/**
 * What the button on a website and the chat in its frame say to each other: that something is so, and never a word of
 * the conversation. Whoever hears it looks at where it came from.
 */
export const READY = "treadle:ready";
export const OPENED = "treadle:opened";
export const CLOSE = "treadle:close";
