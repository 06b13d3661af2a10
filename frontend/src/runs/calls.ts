/** Apps that run as a step of another: which one a step uses, and where in a run its steps are. */

import { createContext, useContext } from "react";
import type { Graph, GraphNode, UsedApp, UsedApps } from "@/api/types";
import { fieldWith, type StepType, type StepTypes } from "@/flow-kit/stepTypes";

export const LATEST = "latest";

/** The fields in which a step says which app it uses, and in which version; null for all other steps. */
export function callFields(type: StepType | undefined): { app: string; version: string | undefined } | null {
  const app = type && fieldWith(type, "workflow");
  return app ? { app, version: fieldWith(type, "workflow-version") } : null;
}

/** What a run knows the used app by: `<id>@latest` or `<id>@<number>`; null where the step uses none. */
export function callKey(node: GraphNode, type: StepType | undefined): string | null {
  const fields = callFields(type);
  const app = fields && node.config[fields.app];
  if (!fields || typeof app !== "string" || !app) return null;
  const version = fields.version ? node.config[fields.version] : null;
  return `${app}@${version === null || version === undefined || version === "" ? LATEST : version}`;
}

/** What the paths of a used app's steps begin with. */
export const insideOf = (path: string): string => `${path}[0].`;

/** The apps that ran inside the run on screen; null while they are not known. */
export const UsedAppsContext = createContext<UsedApps | null>(null);

export const useUsedApps = (): UsedApps | null => useContext(UsedAppsContext);

/** A step and the used apps around it, the outermost first. */
export interface FoundStep {
  readonly node: GraphNode;
  readonly within: readonly UsedApp[];
}

/** The step at a path, also inside used apps; undefined for one that is not there any more. */
export function findStep(
  graph: Graph,
  path: string,
  types: StepTypes,
  used: UsedApps | null,
): FoundStep | undefined {
  let here: Graph | null | undefined = graph;
  let node: GraphNode | undefined;
  const within: UsedApp[] = [];
  for (const part of path.split(".")) {
    if (node && !node.body) {
      const app: UsedApp | undefined = used?.[callKey(node, types.get(node.type)) ?? ""];
      if (!app) return undefined;
      within.push(app);
      here = app.graph;
    }
    const id = part.replace(/\[\d+\]$/, "");
    node = here?.nodes.find((one) => one.id === id);
    if (!node) return undefined;
    here = node.body;
  }
  return node && { node, within };
}
