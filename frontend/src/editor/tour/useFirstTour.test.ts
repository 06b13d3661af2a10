import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { rememberShown, wasShown } from "./seen";
import { whenFree } from "./useFirstTour";

beforeEach(() => void vi.useFakeTimers());

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  document.body.replaceChildren();
  localStorage.clear();
});

const dialog = () => {
  const made = document.createElement("div");
  made.setAttribute("role", "dialog");
  document.body.append(made);
  return made;
};
/** Lets what watches the page see what changed in it. */
const notice = () => vi.advanceTimersByTimeAsync(0);

it("begins a moment after the page stands", () => {
  const begin = vi.fn();
  whenFree(begin);

  vi.advanceTimersByTime(500);
  expect(begin).not.toHaveBeenCalled();
  vi.advanceTimersByTime(500);

  expect(begin).toHaveBeenCalledOnce();
});

it("waits for a dialog to be closed, also for one that opens meanwhile", async () => {
  const begin = vi.fn();
  whenFree(begin);
  const opened = dialog();
  await notice();
  vi.advanceTimersByTime(60_000);
  expect(begin).not.toHaveBeenCalled();

  opened.remove();
  await notice();
  vi.advanceTimersByTime(1_000);

  expect(begin).toHaveBeenCalledOnce();
});

it("does not interrupt who is at work already, but waits for who answers a dialog", async () => {
  const begin = vi.fn();
  const opened = dialog();
  whenFree(begin);
  opened.dispatchEvent(new Event("pointerdown", { bubbles: true }));
  opened.remove();
  await notice();
  vi.advanceTimersByTime(1_000);
  expect(begin).toHaveBeenCalledOnce();

  whenFree(begin);
  document.body.dispatchEvent(new Event("pointerdown", { bubbles: true }));
  vi.advanceTimersByTime(1_000);

  expect(begin).toHaveBeenCalledOnce();
});

it("does not begin once it is called off", () => {
  const begin = vi.fn();
  whenFree(begin)();

  vi.advanceTimersByTime(60_000);

  expect(begin).not.toHaveBeenCalled();
});

it("is remembered in this browser, and where nothing can be, it counts as shown", () => {
  expect(wasShown()).toBe(false);
  rememberShown();
  expect(wasShown()).toBe(true);

  localStorage.clear();
  vi.spyOn(Storage.prototype, "getItem").mockImplementation(() => {
    throw new DOMException("Blocked.", "SecurityError");
  });
  expect(wasShown()).toBe(true);
});
