import type { Action } from "./action";

export const zoomOut: Action = {
  id: "zoomOut",
  label: "zoomOut",
  keys: ["-"],
  enabled: () => true,
  perform: ({ canvas }) => canvas.current?.zoomBy(-1),
};
