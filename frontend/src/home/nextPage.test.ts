import { expect, it } from "vitest";
import { nextPage } from "./nextPage";

it("signing in leads back to a page of ours", () => {
  expect(nextPage("?next=%2Fapps%2F1%2Fbuild%3Fa%3Db")).toBe("/apps/1/build?a=b");
  expect(nextPage("")).toBe("/");
});

it.each(["//evil.example", "/\\evil.example", "https://evil.example", "javascript:alert(1)"])(
  "signing in never leads to another site: %s",
  (next) => {
    expect(nextPage(`?next=${encodeURIComponent(next)}`)).toBe("/");
  },
);
