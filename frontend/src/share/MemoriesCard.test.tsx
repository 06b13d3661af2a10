import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it, vi } from "vitest";
import { renderApp, serve } from "@/test/renderApp";
import { MemoriesCard } from "./MemoriesCard";

const all = "/api/workflows/w1/memories";
const anna = {
  audience: "visitor",
  ref: "anna-and-a-long-id",
  name: "",
  count: 2,
  last: "2026-01-01T00:00:00Z",
};
const said = (id: string, text: string) => ({ id, name: "", text, said_at: anna.last, run_id: "r1" });

afterEach(() => vi.unstubAllGlobals());

it("shows what is remembered of a person, and deletes one thing or all of it", async () => {
  let kept = [said("m1", "Has a dog."), said("m2", "Likes tea."), said("m3", "Is tall.")];
  const asked = serve({
    [`GET ${all}/people`]: () => ({ body: { people: kept.length ? [anna] : [] } }),
    [`GET ${all}`]: () => ({ body: { memories: kept } }),
    [`DELETE ${all}/m1`]: () => {
      kept = kept.slice(1);
      return { status: 204 };
    },
    [`DELETE ${all}`]: () => {
      kept = [];
      return { status: 204 };
    },
  });
  await renderApp(<MemoriesCard workflow="w1" />);

  await userEvent.click(await screen.findByRole("button", { name: "Show: Visitor anna-and" }));
  const dialog = await screen.findByRole("dialog", { name: "Visitor anna-and" });
  await userEvent.click(await within(dialog).findByRole("button", { name: "Delete “Has a dog.”" }));
  await vi.waitFor(() => expect(dialog).not.toHaveTextContent("Has a dog."));
  await userEvent.click(within(dialog).getByRole("button", { name: "Delete all of it" }));

  await within(dialog).findByText("Nothing yet.");
  expect(asked.map(({ call }) => call)).toContain(`DELETE ${all}`);
});

it("is not there while nobody is remembered", async () => {
  const asked = serve({ [`GET ${all}/people`]: { body: { people: [] } } });
  await renderApp(<MemoriesCard workflow="w1" />);

  await vi.waitFor(() => expect(asked).toHaveLength(1));
  expect(screen.queryByText("What it remembers of people")).toBeNull();
});
