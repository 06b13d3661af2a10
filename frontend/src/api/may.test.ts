import { expect, it } from "vitest";
import { mayOf } from "./may";

it("says what each role may do, and nothing for nobody", () => {
  expect(mayOf("owner")).toEqual({ edit: true, own: true });
  expect(mayOf("editor")).toEqual({ edit: true, own: false });
  expect(mayOf("viewer")).toEqual({ edit: false, own: false });
  expect(mayOf(undefined)).toEqual({ edit: false, own: false });
});
