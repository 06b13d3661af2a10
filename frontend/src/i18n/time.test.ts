import { expect, it } from "vitest";
import { ago } from "./time";

const now = new Date("2026-11-22T12:00:00Z");

it("says how long ago in both languages", () => {
  expect(ago("2026-11-22T10:00:00Z", "en", now)).toBe("2 hours ago");
  expect(ago("2026-11-21T12:00:00Z", "en", now)).toBe("yesterday");
  expect(ago("2026-11-22T11:59:40Z", "en", now)).toBe("now");
  expect(ago("2026-11-22T10:00:00Z", "zh", now)).toBe("2小时前");
});
