import type { Action } from "./action";

export const fit: Action = {
  id: "fit",
  label: "fit",
  keys: ["shift+1", "!"],
  enabled: () => true,
  perform: ({ canvas }) => canvas.current?.fit(),
};
