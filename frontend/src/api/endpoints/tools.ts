/** Servers and services whose tools apps may use. */
import { answer, client } from "../client";
import type { ToolSources } from "../types";

export const toolSources = {
  list: (signal?: AbortSignal) => answer(client.GET("/api/tools", { signal })) as Promise<ToolSources>,
};
