import { describe, expect, test } from "vitest";
import type { StepTypes } from "@/flow-kit/stepTypes";
import { forAnything, pickerGroups } from "./picker";
import { HEAR, SAY, THINK, TYPES } from "./testing";

const all = {
  hasStart: false,
  isConnected: false,
  isAround: false,
  depth: 0,
  isInLoop: false,
  isTool: false,
};
const titles = (types: StepTypes, query: string, language = "en", options = all) =>
  pickerGroups(types, language, query, options).flatMap((g) => g.entries.map((e) => e.title));

const MAIL = { ...SAY, type: "mail", title: "E-mail", group: "Do", i18n: { zh: { title: "邮件" } } };
const TYPES_AND_MAIL: StepTypes = new Map([...TYPES, ["mail", MAIL]]);

describe("pickerGroups", () => {
  test("groups come in their fixed order, and unknown ones under the last", () => {
    const odd = new Map([...TYPES_AND_MAIL, ["odd", { ...SAY, type: "odd", title: "Odd", group: "Text" }]]);

    expect(pickerGroups(odd, "en", "", all).map((g) => g.group)).toEqual([
      "Talk",
      "Think",
      "Decide",
      "Do",
      "Advanced",
    ]);
  });

  test("English and Chinese names both find a step, in either language", () => {
    expect(titles(TYPES_AND_MAIL, "mail", "zh")).toEqual(["邮件"]);
    expect(titles(TYPES_AND_MAIL, "邮件", "en")).toEqual(["E-mail"]);
  });

  test("a second way to begin is not offered, nor one behind another step", () => {
    expect(titles(TYPES, "", "en", { ...all, hasStart: true })).not.toContain(HEAR.title);
    expect(titles(TYPES, "", "en", { ...all, isConnected: true })).not.toContain(HEAR.title);
    expect(titles(TYPES, "", "en", all)).toContain(HEAR.title);
  });

  test("a name goes before a description, in whatever group it is", () => {
    const types = new Map([
      ["a", { ...THINK, type: "a", title: "Aa", help: "Finds a list." }],
      ["b", { ...THINK, type: "b", title: "List" }],
      ["c", { ...THINK, type: "c", title: "Cc", group: "Talk", help: "Says a list." }],
    ]);

    expect(titles(types, "list")).toEqual(["List", "Aa", "Cc"]);
  });

  test("nothing found is an empty list, and then there are steps that suit anything", () => {
    const types = new Map([...TYPES, ["ask", { ...THINK, type: "ask", title: "Ask", for_anything: true }]]);
    expect(titles(types, "zzz")).toEqual([]);

    const instead = forAnything(pickerGroups(types, "en", "", all));

    expect(instead.map(({ group, entries }) => [group, entries.map((e) => e.title)])).toEqual([
      ["Think", ["Ask"]],
    ]);
    expect(forAnything(pickerGroups(types, "en", "", { ...all, isAround: true }))).toEqual([]);
  });

  test("around steps only frames can go, and nothing goes deeper than eight", () => {
    expect(titles(TYPES, "", "en", { ...all, isAround: true })).toEqual(["Again and again"]);
    expect(titles(TYPES, "", "en", { ...all, depth: 7 })).toContain("Again and again");
    expect(titles(TYPES, "", "en", { ...all, depth: 8 })).not.toContain("Again and again");
  });

  test("inside a frame nothing begins, but a reply may stand there", () => {
    const inside = titles(TYPES, "", "en", { ...all, isConnected: true, depth: 1 });

    expect(inside).not.toContain("Visitor speaks");
    expect(inside).toContain("Say");
    expect(inside).toContain("Think hard");
  });

  test("what leaves a loop is offered only inside one", () => {
    expect(titles(TYPES, "", "en", { ...all, depth: 1 })).not.toContain("Leave");
    expect(titles(TYPES, "", "en", { ...all, depth: 2, isInLoop: true, isTool: false })).toContain("Leave");
  });
});
