import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it, vi } from "vitest";
import { renderApp, serve } from "@/test/renderApp";
import { NewAppDialog } from "./NewAppDialog";

// What jsdom lacks and radio buttons ask for.
globalThis.ResizeObserver ??= class {
  observe() {}
  unobserve() {}
  disconnect() {}
};

afterEach(() => vi.unstubAllGlobals());

const template = (n: number) => ({
  slug: `t${n}`,
  group: n < 5 ? "basics" : "customers",
  title: { en: `Template ${n}`, zh: `模板 ${n}` },
  summary: { en: "Does it.", zh: "会做。" },
});

async function open() {
  const asked = serve({
    "GET /api/templates": { body: { templates: [1, 2, 3, 4, 5, 6].map(template) } },
    "POST /api/workflows": { status: 201, body: { id: "w" } },
  });
  await renderApp(<NewAppDialog open onOpenChange={() => {}} />);
  await screen.findByRole("radio", { name: /Template 1/ });
  return asked;
}

it("offers a few templates, the first of which is chosen", async () => {
  await open();

  expect(screen.getAllByRole("radio")).toHaveLength(4);
  expect(screen.getByRole("radio", { name: /Template 1/ })).toBeChecked();
});

it("offers all by what they are for when somebody wants that, and makes the one that is chosen", async () => {
  const asked = await open();

  await userEvent.click(screen.getByRole("button", { name: "See all 6" }));
  expect(screen.getAllByRole("radio")).toHaveLength(6);
  expect(screen.getByText("For your customers")).toBeVisible();
  expect(screen.queryByRole("button", { name: "See all 6" })).toBeNull();
  await userEvent.click(screen.getByRole("radio", { name: /Template 6/ }));
  await userEvent.click(screen.getByRole("button", { name: "Create" }));

  expect(asked.find(({ call }) => call === "POST /api/workflows")?.body).toMatchObject({ template: "t6" });
});
