import { beforeAll, expect, it } from "vitest";
import type { StepType } from "@/flow-kit/stepTypes";
import { speak, startI18n } from "@/i18n/i18n";
import { resultWords } from "./resultWords";

const output = {
  type: "object",
  properties: {
    text: { type: "string", title: "Text" },
    remark: { type: "object", title: "Remark", "x-ui": { widget: "remark" } },
  },
};
const type = { config: {}, i18n: {} } as unknown as StepType;
const remark = { code: "model_auth", message: "401 from api.example.com", hint: "Check." };

beforeAll(() => startI18n("en"));

it("says a remark first, as an error of its code is said", async () => {
  const { outputInWords } = resultWords(type, output, "en");

  const told = outputInWords({ text: "Found.", remark }) as Record<string, string>;

  expect(Object.keys(told)).toEqual(["remark", "text"]);
  expect(told.remark).toContain("refused our key");
  await speak("zh");
  expect(outputInWords({ text: "Found.", remark })).toMatchObject({
    remark: expect.stringContaining("密钥"),
  });
  await speak("en");
});

it("leaves what has no remark as it is", () => {
  const { outputInWords } = resultWords(type, output, "en");

  expect(outputInWords({ text: "Found.", remark: null })).toEqual({ text: "Found.", remark: null });
  expect(outputInWords({ text: "Found." })).toEqual({ text: "Found." });
});
