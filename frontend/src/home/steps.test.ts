import { expect, it } from "vitest";
import type { StepTypes } from "@/flow-kit/stepTypes";
import { miniSteps } from "./steps";

const types = new Map([
  ["start", { title: "Visitor message", group: "Talk", i18n: { zh: { title: "访客消息" } } }],
  ["prompt", { title: "Ask AI", group: "Think", i18n: {} }],
] as never) as StepTypes;
const node = (type: string, x: number) => ({ id: `${type}_${x}`, type, position: { x, y: 0 } });

it("a template's card shows each kind of step once, from left to right, in the person's language", () => {
  const template = { nodes: [node("prompt", 200), node("start", 0), node("prompt", 400), node("odd", 600)] };

  const steps = miniSteps(template, types, "zh");

  expect(steps.map(({ title }) => title)).toEqual(["访客消息", "Ask AI", "odd"]);
  expect(steps.map(({ group }) => group)).toEqual(["Talk", "Think", "Advanced"]);
});
