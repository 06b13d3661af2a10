import { expect, it } from "vitest";
import { browserLanguage, inLanguage, languageOf } from "./language";

it("takes the first of the browser's languages that we speak", () => {
  expect(browserLanguage(["de-CH", "zh-Hans-CN", "en"])).toBe("zh");
  expect(browserLanguage(["fr"])).toBe("en");
  expect(languageOf("EN-us")).toBe("en");
});

it("falls back to English where there is no Chinese text", () => {
  expect(inLanguage({ en: "Hello", zh: "你好" }, "zh")).toBe("你好");
  expect(inLanguage({ en: "Hello" }, "zh")).toBe("Hello");
});
