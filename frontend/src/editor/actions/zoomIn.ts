import type { Action } from "./action";

export const zoomIn: Action = {
  id: "zoomIn",
  label: "zoomIn",
  keys: ["+", "="],
  enabled: () => true,
  perform: ({ canvas }) => canvas.current?.zoomBy(1),
};
