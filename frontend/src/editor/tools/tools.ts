/** Steps as tools: an agent holds them unconnected, and each says how far its model may use it by itself. */

import type { Graph, GraphNode } from "@/api/types";
import { nodeById } from "@/flow-kit/graph";
import { type StepTypes, takesTools } from "@/flow-kit/stepTypes";
import { editStep, homeOf } from "@/flow-kit/tree";

export type ToolUse = NonNullable<GraphNode["tool"]>;

export const USES = ["off", "ask", "auto"] as const;

/** The agent whose tool a step is; nothing for a step that is none. */
export function agentAround(root: Graph, id: string, types: StepTypes): GraphNode | undefined {
  const container = nodeById(root, homeOf(root, id).at(-1) ?? "");
  return container && takesTools(types.get(container.type)) ? container : undefined;
}

/** Changes what a tool says of itself; empty words and "as usual" are left out. */
export function setTool(root: Graph, id: string, change: Partial<ToolUse>): Graph {
  return editStep(root, id, (node) => {
    const said = Object.entries({ ...node.tool, ...change }).filter(([, value]) => value);
    const { tool: _, ...rest } = node;
    return said.length > 0 ? { ...rest, tool: Object.fromEntries(said) as ToolUse } : rest;
  });
}

/** What a model may call a tool: a letter, then letters, digits, _ and -. */
export const isToolName = (name: string): boolean => /^[a-zA-Z][a-zA-Z0-9_-]{0,63}$/.test(name);
