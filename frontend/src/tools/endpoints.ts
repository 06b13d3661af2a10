import { answer, client } from "@/api/client";
import type {
  JsonObject,
  NewDescription,
  NewToolSource,
  OperationChoice,
  SignInReturn,
  SignInStart,
  ToolSource,
  ToolSourceChange,
  ToolTrial,
} from "@/api/types";

/** What the page of tools asks the server for, besides the list that the editor needs too. */
export const toolSources = {
  add: (body: NewToolSource) => answer(client.POST("/api/tools", { body })),
  describe: (body: NewDescription) =>
    answer(client.POST("/api/tools/descriptions", { body })) as Promise<ToolSource>,
  replaceDescription: (source: string, text: string) =>
    answer(
      client.PUT("/api/tools/{source_id}/description", {
        params: { path: { source_id: source } },
        body: { text },
      }),
    ),
  choose: (source: string, body: OperationChoice) =>
    answer(client.PUT("/api/tools/{source_id}/choice", { params: { path: { source_id: source } }, body })),
  addFromMachine: (body: { server: string; name: string }) =>
    answer(client.POST("/api/tools/machine", { body })),
  change: (source: string, body: ToolSourceChange) =>
    answer(client.PUT("/api/tools/{source_id}", { params: { path: { source_id: source } }, body })),
  look: (source: string) =>
    answer(client.POST("/api/tools/{source_id}/look", { params: { path: { source_id: source } } })),
  remove: (source: string) =>
    answer(client.DELETE("/api/tools/{source_id}", { params: { path: { source_id: source } } })),
  signIn: (source: string) =>
    answer(client.GET("/api/tools/{source_id}/sign-in", { params: { path: { source_id: source } } })),
  beginSignIn: (source: string, body: SignInStart) =>
    answer(client.POST("/api/tools/{source_id}/sign-in", { params: { path: { source_id: source } }, body })),
  answerSignIn: (body: SignInReturn) => answer(client.POST("/api/tools/sign-in/answer", { body })),
  signOut: (source: string) =>
    answer(client.DELETE("/api/tools/{source_id}/sign-in", { params: { path: { source_id: source } } })),
  changeTool: (source: string, tool: string, body: { is_enabled?: boolean; effect?: "read" | "write" }) =>
    answer(
      client.PATCH("/api/tools/{source_id}/tools/{tool_id}", {
        params: { path: { source_id: source, tool_id: tool } },
        body,
      }),
    ),
  approve: (source: string, tool: string, digest: string) =>
    answer(
      client.POST("/api/tools/{source_id}/tools/{tool_id}/approve", {
        params: { path: { source_id: source, tool_id: tool } },
        body: { digest },
      }),
    ),
  try: (source: string, tool: string, given: JsonObject) =>
    answer(
      client.POST("/api/tools/{source_id}/tools/{tool_id}/try", {
        params: { path: { source_id: source, tool_id: tool } },
        body: { arguments: given },
      }),
    ) as Promise<ToolTrial>,
};
