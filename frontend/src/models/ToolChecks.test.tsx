import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it, vi } from "vitest";
import type { Model, ModelsPage, ToolCheck } from "@/api/types";
import { renderApp, serve } from "@/test/renderApp";
import { ToolChecks } from "./ToolChecks";
import { testModels } from "./testModels";

const chat: Model = {
  id: "near/qwen",
  title: "qwen",
  kind: "chat",
  is_practice: false,
  is_local: false,
  connection: "near",
};
const check = (change: Partial<ToolCheck>): ToolCheck => ({
  model: chat.id,
  state: "done",
  is_guided: true,
  done: 20,
  total: 20,
  fits: 20,
  right: 13,
  verdict: "guided",
  error: null,
  ...change,
});
const page = (...tool_checks: ToolCheck[]): ModelsPage => ({
  ...testModels,
  models: [chat, { ...chat, id: "near/e5", title: "e5", kind: "embedding" }],
  default: chat.id,
  kinds: [],
  rules: [],
  tool_checks,
});

afterEach(() => vi.unstubAllGlobals());

it("has a model checked with a press", async () => {
  const asked = serve({
    "GET /api/models": { body: page(check({ state: "running", done: 4 })) },
    "POST /api/models/tools/check": { body: page(check({ state: "running", done: 0, verdict: "" })) },
  });
  await renderApp(<ToolChecks page={page()} mayCheck />);

  expect(await screen.findByText("Not checked yet.")).toBeVisible();
  expect(screen.queryByText("e5")).toBeNull();
  await userEvent.click(screen.getByRole("button", { name: /^Check how .*qwen.* calls tools$/ }));

  expect(asked.some(({ call }) => call === "POST /api/models/tools/check")).toBe(true);
});

it("says how far a check is, and offers to stop it", async () => {
  serve({ "GET /api/models": { body: page(check({ state: "running", done: 4 })) } });
  await renderApp(<ToolChecks page={page(check({ state: "running", done: 4, verdict: "" }))} mayCheck />);

  expect(await screen.findByText("Led: question 5 of 20 …")).toBeVisible();
  expect(screen.getByRole("button", { name: /^Stop checking/ })).toBeVisible();
});

it("shows what was found as a badge and in words", async () => {
  await renderApp(<ToolChecks page={page(check({}))} mayCheck={false} />);

  expect(await screen.findByText("Guided")).toBeVisible();
  expect(screen.getByText(/13 of 20 times the right tool, 20 of 20 calls fit/)).toBeVisible();
  expect(screen.queryByRole("button")).toBeNull();
});

it("says why a check came to no end, and what was known before", async () => {
  const error = { code: "model_unreachable", message: "It is away.", hint: "" };
  await renderApp(<ToolChecks page={page(check({ state: "failed", verdict: "weak", error }))} mayCheck />);

  expect(await screen.findByText("Weak")).toBeVisible();
  expect(screen.getByRole("alert")).toBeVisible();
});
