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

it("reads a list one entry a line, and an object from its JSON", () => {
  const asked: InputField[] = [
    { name: "topics", type: "list", max_items: 2, default: ["sun"] },
    { name: "order", type: "object" },
  ];

  expect(draftOf(asked)).toEqual({ topics: "sun", order: "" });
  expect(readDraft(asked, { topics: " sun \n\nrain", order: '{"n": 1}' })).toEqual({
    values: { topics: ["sun", "rain"], order: { n: 1 } },
    faults: {},
  });
  expect(readDraft(asked, { topics: "a\nb\nc", order: "[1]" }).faults).toEqual({
    topics: "tooLong",
    order: "notObject",
  });
});

it("counts the characters of a text as the server does", () => {
  const asked: InputField[] = [{ name: "note", type: "text", max_length: 2 }];

  expect(readDraft(asked, { note: "🙂🙂" }).faults).toEqual({});
  expect(readDraft(asked, { note: "abc" }).faults).toEqual({ note: "tooLong" });
});

it("names files by their ids, one or several, once they have arrived", () => {
  const asked: InputField[] = [
    { name: "cv", type: "file", required: true },
    { name: "photos", type: "files" },
  ];
  const arrived = { ids: ["f1"], isBusy: false };

  expect(readDraft(asked, { cv: arrived, photos: { ids: ["f2", "f3"], isBusy: false } })).toEqual({
    values: { cv: "f1", photos: ["f2", "f3"] },
    faults: {},
  });
  expect(readDraft(asked, { cv: { ids: [], isBusy: false } }).faults).toEqual({ cv: "required" });
  expect(readDraft(asked, {}).faults).toEqual({ cv: "required" });
  expect(readDraft(asked, { cv: arrived, photos: { ids: [], isBusy: true } }).faults).toEqual({
    photos: "busy",
  });
});
