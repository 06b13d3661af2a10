import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it, vi } from "vitest";
import { renderApp, serve } from "@/test/renderApp";
import { ConversationMemory } from "./ConversationMemory";

afterEach(() => vi.unstubAllGlobals());

const PLACE = "/api/conversations/c1/variables";
const one = (name: string, value: unknown, more = {}) => ({
  name,
  title: "",
  type: "any",
  value,
  is_kept: true,
  is_declared: true,
  ...more,
});
const variables = [
  one("count", 12, { title: "How often" }),
  one("names", ["Ann"]),
  one("mood", "calm", { is_kept: false }),
  one("former", "x", { is_declared: false }),
];

async function open() {
  await renderApp(<ConversationMemory conversation={() => "c1"} isRunning={false} />);
  await userEvent.click(await screen.findByRole("button", { name: "What this conversation remembers" }));
  return screen.findByRole("dialog");
}

it("shows what is remembered, what still is as it begins, and what is left over", async () => {
  serve({ [`GET ${PLACE}`]: { body: { variables } } });

  const dialog = await open();

  const rows = (await within(dialog).findAllByRole("listitem")).map((row) => row.textContent);
  expect(rows.filter((row) => row?.includes("How often"))).toEqual(["How often12Forget"]);
  expect(rows.some((row) => row === "moodas it beginscalm")).toBe(true);
  expect(rows.some((row) => row?.startsWith("formerleft by an older version"))).toBe(true);
});

it("forgets one piece, or all of them, and shows what is left", async () => {
  const calm = variables.map((each) => ({ ...each, is_kept: false }));
  const asked = serve({
    [`GET ${PLACE}`]: { body: { variables } },
    [`DELETE ${PLACE}`]: { body: { variables: calm } },
  });
  const dialog = await open();

  await userEvent.click(await within(dialog).findByRole("button", { name: "Forget How often" }));

  expect(asked.at(-1)?.call).toBe(`DELETE ${PLACE}`);
  expect(await within(dialog).findAllByText("as it begins")).toHaveLength(4);
  expect(within(dialog).queryByRole("button", { name: "Forget everything" })).toBe(null);
});
