import type { Action } from "./action";

export const fit: Action = {
  id: "fit",
  label: "fit",
  keys: ["shift+1", "!"],
  enabled: ({ canvas }) => canvas.current !== null,
  perform: ({ canvas }) => canvas.current?.fit(),
};
