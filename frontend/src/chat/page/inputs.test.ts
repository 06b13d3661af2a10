import { expect, it } from "vitest";
import { draftOf, readDraft } from "./inputs";
import type { InputField } from "./visitorApi";

const fields: InputField[] = [
  { name: "order", type: "number", required: true },
  { name: "note", type: "paragraph" },
  { name: "gift", type: "boolean", default: true },
  { name: "size", type: "choice", options: ["S", "M"], default: "M" },
];

it("starts from the defaults", () => {
  expect(draftOf(fields)).toEqual({ order: "", note: "", gift: true, size: "M" });
});

it("names what is missing or is no number", () => {
  expect(readDraft(fields, draftOf(fields)).faults).toEqual({ order: "required" });
  expect(readDraft(fields, { order: "twelve" }).faults).toEqual({ order: "notNumber" });
});

it("sends numbers as numbers and leaves out what was left empty", () => {
  expect(readDraft(fields, { order: "12,5", note: " ", gift: false, size: "S" }).values).toEqual({
    order: 12.5,
    gift: false,
    size: "S",
  });
});
