import { expect, it } from "vitest";
import { draftOf, givenBefore, readDraft, wholeBefore } from "./inputs";
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

const behind = (given: unknown) => `#${encodeURIComponent(JSON.stringify(given))}`;

it("is filled with what the website around says of its visitor, as far as the app asks for it", () => {
  const asked: InputField[] = [
    { name: "name", default: "Guest" },
    { name: "plan", type: "choice", options: ["Small", "Large"] },
    { name: "cv", type: "file" },
  ];

  const given = givenBefore(asked, behind({ name: "Kim", plan: "Huge", cv: "f1", admin: true }));

  expect(given).toEqual([{ ...asked[0], default: "Kim" }, asked[1], asked[2]]);
  expect(wholeBefore(asked, given)).toBeNull();
});

it("is left away where all of it was given", () => {
  const asked: InputField[] = [
    { name: "name", required: true },
    { name: "seats", type: "number" },
  ];

  expect(wholeBefore(asked, givenBefore(asked, behind({ name: "Kim", seats: 3 })))).toEqual({
    name: "Kim",
    seats: 3,
  });
  expect(wholeBefore(asked, givenBefore(asked, behind({ name: "Kim", seats: "many" })))).toBeNull();
  expect(wholeBefore([], [])).toBeNull();
});

it.each(["", "#", "#%", "#[1]", "#null", "#not-json", "#7f3c2a90-0000-4000-8000-000000000000"])(
  "is as the app says where the address says nothing of use: %s",
  (hash) => {
    const asked: InputField[] = [{ name: "name" }, { name: "constructor" }];
    expect(givenBefore(asked, hash)).toEqual(asked);
  },
);
