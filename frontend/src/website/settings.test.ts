import { expect, it } from "vitest";
import { inkOn, settingsOf } from "./settings";

const src = "https://chat.example/embed.js?v=1";
const of = (dataset: DOMStringMap, language = "en") => settingsOf({ src, dataset }, language);

it("takes the app, and from where the script came", () => {
  expect(of({ app: "shop-help" })).toEqual({
    origin: "https://chat.example",
    app: "shop-help",
    side: "right",
    color: null,
    label: null,
    inputs: "",
    language: "en",
  });
});

it("takes a side, a colour and a label", () => {
  expect(of({ app: "shop", position: "left", color: "#0B7A4B", label: " Ask us " })).toMatchObject({
    side: "left",
    color: "#0B7A4B",
    label: "Ask us",
  });
});

it("hands on what the page says of its visitor, as it is", () => {
  expect(of({ app: "shop", inputs: '{"name": "Kim"}' })?.inputs).toBe('{"name": "Kim"}');
});

it("leaves alone what it cannot use", () => {
  expect(of({ app: "shop", position: "top", color: "red;x", label: " " })).toMatchObject({
    side: "right",
    color: null,
    label: null,
  });
});

it.each([undefined, "", "Shop", "../shop", "shop?x", "a".repeat(51)])(
  "shows nothing for the app %o",
  (app) => {
    expect(of(app === undefined ? {} : { app })).toBeNull();
  },
);

it("speaks the language of the page, and where we do not, that of the browser", () => {
  expect(of({ app: "shop" }, "zh-Hant-TW")?.language).toBe("zh");
  expect(of({ app: "shop" }, "fr")?.language).toBe("en");
});

it.each([
  ["#1d63d8", "#ffffff"],
  ["#000000", "#ffffff"],
  ["#ffffff", "#000000"],
  ["#f0b35a", "#000000"],
  ["#57d3a0", "#000000"],
  ["#c0271b", "#ffffff"],
])("writes on %s in %s", (color, ink) => {
  expect(inkOn(color)).toBe(ink);
});
