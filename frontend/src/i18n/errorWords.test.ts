import { beforeAll, expect, it } from "vitest";
import { ApiError } from "@/api/errors";
import { errorWords, wordsOfThrown } from "./errorWords";
import { speak, startI18n } from "./i18n";

beforeAll(() => startI18n("en"));

it("says a known error in the person's language, with the server's words on demand", async () => {
  const error = new ApiError({ code: "model_auth", message: "401 from api.example.com" });
  expect(wordsOfThrown(error).message).toContain("refused our key");

  await speak("zh");

  expect(wordsOfThrown(error)).toMatchObject({
    message: expect.stringContaining("密钥"),
    details: "401 from api.example.com",
  });
  await speak("en");
});

it("uses the server's sentence for a code it does not know", () => {
  expect(errorWords({ code: "brand_new", message: "Something new.", hint: "Do this." })).toEqual({
    message: "Something new.",
    hint: "Do this.",
    details: "brand_new",
  });
});

it("never shows a bare code or a stack trace", () => {
  expect(wordsOfThrown(new Error("x is not a function")).message).toBe("Something went wrong.");
  expect(errorWords({ code: "brand_new" }).message).toBe("Something went wrong.");
});

it("says what the app's own author wrote where it ended itself as failed", () => {
  const said = errorWords({ code: "stopped", message: "There is no order 7." });

  expect(said.message).toBe("There is no order 7.");
  expect(said.hint).toContain("step that ended it");
  expect(errorWords({ code: "stopped", message: "The app ended itself." }).message).toContain("ended here");
});
