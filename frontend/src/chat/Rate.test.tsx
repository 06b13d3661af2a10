import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it, vi } from "vitest";
import { Bubble } from "./Bubble";
import { testWords as words } from "./testWords";
import type { ChatMessage } from "./types";

const reply: ChatMessage = { id: "m1", role: "assistant", text: "Hello.", status: "done", run: "r1" };

function open(over: Partial<ChatMessage> = {}) {
  const onRate = vi.fn(async () => {});
  render(<Bubble message={{ ...reply, ...over }} words={words} onRate={onRate} />);
  return onRate;
}
const thumb = (name: string) => screen.getByRole("button", { name });

it("takes a good word for a reply, and takes it back", async () => {
  const onRate = open();

  await userEvent.click(thumb("Good reply"));
  expect(thumb("Good reply")).toHaveAttribute("aria-pressed", "true");
  expect(screen.getByText("Thank you.")).toBeVisible();
  await userEvent.click(thumb("Good reply"));

  expect(thumb("Good reply")).toHaveAttribute("aria-pressed", "false");
  expect(onRate.mock.calls).toEqual([
    [expect.objectContaining({ run: "r1" }), "good", ""],
    [expect.objectContaining({ run: "r1" }), null, ""],
  ]);
});

it("asks why a reply was bad, and keeps the thumb whether or not one says", async () => {
  const onRate = open();

  await userEvent.click(thumb("Bad reply"));
  await userEvent.type(screen.getByRole("textbox", { name: /What was wrong/ }), " Wrong price. ");
  await userEvent.click(screen.getByRole("button", { name: "Send" }));

  expect(onRate.mock.calls.map((call) => call.slice(1))).toEqual([
    ["bad", ""],
    ["bad", "Wrong price."],
  ]);
  expect(screen.queryByRole("textbox")).toBeNull();
});

it("shows what was said before, and says so when it cannot be kept", async () => {
  const onRate = open({ rating: "bad" });
  onRate.mockRejectedValueOnce(new Error("offline"));
  expect(thumb("Bad reply")).toHaveAttribute("aria-pressed", "true");

  await userEvent.click(thumb("Good reply"));

  expect(await screen.findByText(/could not be kept/)).toBeVisible();
  expect(thumb("Bad reply")).toHaveAttribute("aria-pressed", "true");
});

it.each([{ status: "streaming" }, { status: "failed" }, { run: undefined }, { role: "user" }] as const)(
  "asks for no word on %o",
  (over) => {
    open(over);
    expect(screen.queryByRole("button", { name: "Good reply" })).toBeNull();
  },
);
