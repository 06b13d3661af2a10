import { render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it, vi } from "vitest";
import { Bubble } from "./Bubble";
import Markdown from "./Markdown";
import { testWords as words } from "./testWords";
import type { ChatMessage, ChatSource } from "./types";

const source = (n: number, document: string, text: string): ChatSource => ({
  n,
  document,
  heading: "Returns",
  page: n,
  text,
  knowledge_id: "k",
  document_id: "d",
  chunk_id: n,
});
const SOURCES = [source(1, "Policy.pdf", "Thirty days."), source(2, "Delivery.md", "Free over 50.")];
const message = (change: Partial<ChatMessage> = {}): ChatMessage => ({
  id: "m",
  role: "assistant",
  text: "You have 30 days [1]. It is free [1, 2].",
  status: "done",
  sources: SOURCES,
  ...change,
});

Element.prototype.scrollIntoView ??= () => {};

it("a mark opens the passage it means", async () => {
  render(<Bubble words={words} message={message()} />);
  expect(screen.getByText("Free over 50.")).not.toBeVisible();

  await userEvent.click(await screen.findByRole("button", { name: "Open source 2" }));

  expect(screen.getByText("Free over 50.")).toBeVisible();
  expect(screen.getByText("Thirty days.")).not.toBeVisible();
  expect(screen.getByText("Delivery.md").closest("summary")).toHaveFocus();
});

it("names the documents without being opened", () => {
  render(<Bubble words={words} message={message()} />);

  expect(screen.getByText("Sources: Policy.pdf, page 1; Delivery.md, page 2")).toBeVisible();
});

it("offers the way to the document only where there is one", () => {
  const { unmount } = render(<Bubble words={words} message={message()} />);
  expect(screen.queryByRole("link", { hidden: true })).toBeNull();
  unmount();

  const link = ({ document_id, chunk_id }: ChatSource) => <a href={`/d/${document_id}/${chunk_id}`}>open</a>;
  render(<Bubble words={words} message={message()} sourceLink={link} />);

  const links = screen.getAllByRole("link", { hidden: true });
  expect(links.map((each) => each.getAttribute("href"))).toEqual(["/d/d/1", "/d/d/2"]);
});

it("has no marks and no footnotes where nothing was found, or while the reply is written", () => {
  const { rerender } = render(<Bubble words={words} message={message({ sources: [] })} />);
  expect(screen.queryByRole("button")).toBeNull();
  expect(screen.queryByText(/Sources/)).toBeNull();

  rerender(<Bubble words={words} message={message({ status: "streaming" })} />);
  expect(screen.queryByText(/Sources/)).toBeNull();
});

it("turns into marks only numbers of sources, outside code and links", () => {
  const marks = { count: 2, label: (n: number) => `open ${n}`, onOpen: vi.fn() };
  const text = "See [2][1], not [3] or [1, 9] or [0]. `a[1]` [a [1] link](https://example.org)";
  const { container } = render(<Markdown text={text} marks={marks} />);

  const names = within(container)
    .getAllByRole("button")
    .map((each) => each.getAttribute("aria-label"));
  expect(names).toEqual(["open 2", "open 1"]);
  expect(container).toHaveTextContent("not [3] or [1, 9] or [0]. a[1]");
});
