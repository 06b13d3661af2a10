import { fireEvent, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it, vi } from "vitest";
import { Composer } from "./Composer";
import { testWords as words } from "./testWords";

it("Enter sends and empties the box, Shift+Enter starts a line", async () => {
  const onSend = vi.fn();
  render(<Composer words={words} onSend={onSend} />);
  const box = screen.getByRole("textbox", { name: words.message });

  await userEvent.type(box, "one{Shift>}{Enter}{/Shift}two{Enter}");

  expect(onSend).toHaveBeenCalledExactlyOnceWith("one\ntwo");
  expect(box).toHaveValue("");
});

it("Enter that ends an IME word does not send", async () => {
  const onSend = vi.fn();
  render(<Composer words={words} onSend={onSend} />);
  const box = screen.getByRole("textbox", { name: words.message });
  await userEvent.type(box, "你好");

  fireEvent.keyDown(box, { key: "Enter", isComposing: true });
  fireEvent.keyDown(box, { key: "Enter", keyCode: 229 });

  expect(onSend).not.toHaveBeenCalled();
});

it("offers Stop while a reply is under way, and keeps what is being written", async () => {
  const onSend = vi.fn();
  const onStop = vi.fn();
  render(<Composer words={words} onSend={onSend} onStop={onStop} isRunning />);
  const box = screen.getByRole("textbox", { name: words.message });

  await userEvent.type(box, "next{Enter}");
  await userEvent.click(screen.getByRole("button", { name: words.stop }));

  expect(onSend).not.toHaveBeenCalled();
  expect(onStop).toHaveBeenCalledOnce();
  expect(box).toHaveValue("next");
});

it("does not send nothing", async () => {
  const onSend = vi.fn();
  render(<Composer words={words} onSend={onSend} />);

  await userEvent.type(screen.getByRole("textbox"), "   {Enter}");

  expect(onSend).not.toHaveBeenCalled();
});
