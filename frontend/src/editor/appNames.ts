import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { workflowsQuery } from "@/api/queries";
import type { Graph } from "@/api/types";
import { callFields } from "@/runs/calls";
import { useDraft, useDrawn } from "./context";

/** The names of the workspace's apps by id; asked for only when a step uses another app. */
export function useAppNames(): ReadonlyMap<string, string> {
  const { types } = useDrawn();
  const callers = useMemo(
    () => new Set([...types.values()].filter((type) => callFields(type)).map(({ type }) => type)),
    [types],
  );
  const isAsked = useDraft((s) => uses(s.graph, callers));
  const { data } = useQuery({ ...workflowsQuery, enabled: isAsked });
  return useMemo(() => new Map(data?.map(({ id, name }) => [id, name])), [data]);
}

const uses = (graph: Graph, callers: ReadonlySet<string>): boolean =>
  graph.nodes.some((node) => callers.has(node.type) || (node.body !== null && uses(node.body, callers)));
