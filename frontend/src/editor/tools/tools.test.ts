import { describe, expect, test } from "vitest";
import type { Graph } from "@/api/types";
import type { StepTypes } from "@/flow-kit/stepTypes";
import { addStep, isToolPlace } from "../edits";
import { pickerGroups } from "../picker";
import { HEAR, SAY, step, THINK, TYPES } from "../testing";
import { agentAround, setTool } from "./tools";

const tool = { name: "seek", description: "", parameters: {}, effects: "read" } as const;
const SEEK = { ...THINK, type: "seek", title: "Seek", tool };
const CREW = { ...THINK, type: "crew", title: "Crew", inside: { type: "object" }, takes_tools: true };
const KNOWN: StepTypes = new Map([...TYPES, ["seek", SEEK], ["crew", CREW]]);
const world = { types: KNOWN, shapes: {} };
const graph: Graph = {
  nodes: [step("hear_1"), { ...step("crew_1"), body: { nodes: [step("seek_1")], edges: [] } }],
  edges: [{ source: "hear_1", port: "out", target: "crew_1" }],
};

describe("tools of an agent", () => {
  test("a step that is added inside is connected to nothing and leaves open what the agent gives", () => {
    const place = { kind: "inside", node: "crew_1" } as const;
    const { graph: after, id } = addStep(graph, SEEK, place, world);
    const body = after.nodes.find((n) => n.id === "crew_1")?.body;

    expect(isToolPlace(graph, place, KNOWN)).toBe(true);
    expect(id).toBe("seek_2");
    expect(body?.edges).toEqual([]);
    expect(body?.nodes.map((n) => n.config)).toEqual([{}, {}]);
    expect(body?.nodes[1]?.position.y).toBeGreaterThan(0);
  });

  test("so is one that is added behind a tool", () => {
    const { graph: after } = addStep(graph, SEEK, { kind: "after", node: "seek_1", port: "out" }, world);

    expect(after.nodes.find((n) => n.id === "crew_1")?.body?.edges).toEqual([]);
  });

  test("the picker offers nothing but tools there", () => {
    const options = { hasStart: true, isConnected: true, isAround: false, depth: 1, isInLoop: false };
    const offered = (isTool: boolean) =>
      pickerGroups(KNOWN, "en", "", { ...options, isTool }).flatMap((g) => g.entries.map((e) => e.title));

    expect(offered(true)).toEqual(["Seek"]);
    expect(offered(false)).toContain(SAY.title);
    expect(offered(false)).not.toContain(HEAR.title);
  });

  test("a tool knows its agent, other steps have none", () => {
    expect(agentAround(graph, "seek_1", KNOWN)?.id).toBe("crew_1");
    expect(agentAround(graph, "crew_1", KNOWN)).toBeUndefined();
  });

  test("what a tool says of itself goes when it says nothing any more", () => {
    const said = setTool(setTool(graph, "seek_1", { use: "ask" }), "seek_1", { name: "find" });
    const now = (root: Graph) => root.nodes[1]?.body?.nodes[0];

    expect(now(said)?.tool).toEqual({ use: "ask", name: "find" });
    expect(now(setTool(setTool(said, "seek_1", { use: null }), "seek_1", { name: "" }))).not.toHaveProperty(
      "tool",
    );
  });
});
