import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeAll, expect, it, vi } from "vitest";
import { renderApp } from "@/test/renderApp";
import { type FormWorld, FormWorldContext } from "../info";
import { InfoSelect } from "./InfoSelect";
import TemplateEditor from "./TemplateEditor";

const AGE: FormWorld["info"] = [
  {
    node: "start_1",
    type: "start",
    title: "Visitor message",
    group: "Talk",
    fields: [{ path: ["age"], title: "Age", kind: "number" }],
  },
];

const world = (info: FormWorld["info"]): FormWorld => ({
  info,
  inside: [],
  variables: [],
  sharesNothing: true,
  lastValue: () => undefined,
  models: [],
  usual: {},
});

beforeAll(() => {
  Element.prototype.scrollIntoView ??= () => {};
  Range.prototype.getBoundingClientRect ??= () => new DOMRect();
});

it("says of each choice which step gives it", async () => {
  const title = { path: ["title"], title: "Title", kind: "text" as const };
  const age = { path: ["age"], title: "Age", kind: "number" as const };
  const before: FormWorld["info"] = [
    { node: "web_page_1", type: "web_page", title: "Read a web page", group: "Do", fields: [title, age] },
    ...AGE,
  ];
  const onChange = vi.fn();
  await renderApp(
    <FormWorldContext value={world(before)}>
      <InfoSelect value="" label="Left" onChange={onChange} />
    </FormWorldContext>,
  );
  await userEvent.click(await screen.findByRole("combobox", { name: "Left" }));

  const ofPage = screen.getByRole("group", { name: "Read a web page" });
  expect(within(ofPage).getAllByRole("option")).toHaveLength(2);
  const ofVisitor = screen.getByRole("group", { name: "Visitor message" });
  await userEvent.click(within(ofVisitor).getByRole("option", { name: /^Age/ }));

  expect(onChange).toHaveBeenCalledExactlyOnceWith("{{ start_1.age }}", "number");
});

it("leads by keyboard to where information for all apps is added, from a choice of one", async () => {
  const { router } = await renderApp(
    <FormWorldContext value={world(AGE)}>
      <InfoSelect value="" label="Left" onChange={() => {}} />
    </FormWorldContext>,
  );
  await userEvent.click(await screen.findByRole("combobox", { name: "Left" }));

  await userEvent.keyboard("{ArrowUp}");
  expect(screen.getByRole("option", { name: /all apps/ })).toHaveAttribute("aria-selected", "true");
  await userEvent.keyboard("{Enter}");

  expect(router.state.location.pathname).toBe("/settings/environment");
});

it("leads there from a text too, not without being asked, and leaves nothing of the question behind", async () => {
  const onChange = vi.fn();
  const { router } = await renderApp(
    <FormWorldContext value={world([])}>
      <TemplateEditor id="t" label="Text" value="Hello /" onChange={onChange} />
    </FormWorldContext>,
  );
  const field = await screen.findByRole("textbox", { name: "Text" });
  await userEvent.click(field);
  window.getSelection()?.collapse(field.querySelector("span")?.firstChild ?? null, 7);
  const link = await screen.findByRole("option", { name: /all apps/ });
  expect(link).toHaveAttribute("aria-selected", "false");

  await userEvent.keyboard("{ArrowDown}");
  expect(link).toHaveAttribute("aria-selected", "true");
  expect(field).toHaveAttribute("aria-activedescendant", link.id);
  await userEvent.keyboard("{Enter}");

  expect(router.state.location.pathname).toBe("/settings/environment");
  expect(onChange).toHaveBeenLastCalledWith("Hello ");
});
