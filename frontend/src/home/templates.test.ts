import { expect, test } from "vitest";
import type { ModelsPage, Template } from "@/api/types";
import { byGroup, foundIn, needsModel } from "./templates";

const template = (slug: string, rest: Partial<Template> = {}): Template => ({
  slug,
  group: "basics",
  title: { en: slug, zh: "" },
  summary: { en: "", zh: "" },
  suggestions: { en: [], zh: [] },
  needs_model: [],
  questions: 0,
  nodes: [],
  edges: [],
  ...rest,
});

const page = (usual: string) =>
  ({
    default: usual,
    models: [
      { id: "practice", is_practice: true },
      { id: "big", is_practice: false },
    ],
  }) as unknown as ModelsPage;

test("a better model is needed where the practice model answers and does not speak the language", () => {
  const chat = template("chat", { needs_model: ["zh"] });

  expect(needsModel(chat, page("practice"), "zh-CN")).toBe(true);
  expect(needsModel(chat, page("practice"), "en-GB")).toBe(false);
  expect(needsModel(chat, page("big"), "zh-CN")).toBe(false);
  expect(needsModel(chat, undefined, "zh-CN")).toBe(false);
});

test("templates are found by what they say in either language, all words of it", () => {
  const all = [
    template("Leave", { summary: { en: "Answers from your handbook", zh: "员工手册" } }),
    template("Orders", { suggestions: { en: ["Where is my parcel?"], zh: [] } }),
  ];
  const slugs = (query: string) => foundIn(all, query).map((one) => one.slug);

  expect(slugs("")).toEqual(["Leave", "Orders"]);
  expect(slugs("  HANDBOOK leave ")).toEqual(["Leave"]);
  expect(slugs("手册")).toEqual(["Leave"]);
  expect(slugs("parcel")).toEqual(["Orders"]);
  expect(slugs("parcel leave")).toEqual([]);
});

test("groups stand in their order, and none is empty", () => {
  const all = [template("a"), template("b", { group: "agents" }), template("c", { group: "customers" })];

  expect(byGroup(all).map(({ group, templates }) => [group, templates[0]?.slug])).toEqual([
    ["customers", "c"],
    ["agents", "b"],
    ["basics", "a"],
  ]);
});
