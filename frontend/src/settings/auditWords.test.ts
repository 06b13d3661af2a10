import { readFileSync } from "node:fs";
import i18next from "i18next";
import { beforeAll, expect, it } from "vitest";
import { startI18n } from "@/i18n/i18n";
import { actionWords, detailPairs, groupWords } from "./auditWords";

beforeAll(async () => {
  if (!i18next.isInitialized) await startI18n("en");
  await i18next.loadNamespaces("audit");
});

it("has words for every action that the server logs", () => {
  const source = readFileSync("../backend/accounts/audit.py", "utf8");
  const actions = [
    ...(source.match(/ACTIONS = frozenset\(\s*\{([^}]*)\}/)?.[1] ?? "").matchAll(/"([\w.]+)"/g),
  ];

  expect(actions.length).toBeGreaterThan(20);
  for (const [, action = ""] of actions) {
    expect(actionWords(i18next, action)).not.toBe(action);
    expect(groupWords(i18next, action.split(".")[0] ?? "")).not.toContain("group.");
    expect(groupWords(i18next, action.split(".")[0] ?? "")).not.toBe(action.split(".")[0]);
  }
});

it("shows an action that it does not know by its own name", () => {
  expect(actionWords(i18next, "moon.landed")).toBe("moon.landed");
});

it("reads details as pairs, whatever their form", () => {
  expect(
    detailPairs({ role: "viewer", limits: { tokens_per_day: 5 }, hosts: ["a", "b"], nothing: null }),
  ).toEqual([
    ["role", "viewer"],
    ["limits.tokens per day", "5"],
    ["hosts", "a, b"],
    ["nothing", "null"],
  ]);
});
