import { describe, expect, it } from "vitest";
import { asApiError, errorOfAnswer } from "./errors";

describe("errors of answers", () => {
  it("keep the server's code, words and field", () => {
    const error = errorOfAnswer(422, {
      error: { code: "model_auth", message: "The key was refused.", hint: "Check it.", field: "api_key" },
    });

    expect(error).toMatchObject({
      code: "model_auth",
      message: "The key was refused.",
      hint: "Check it.",
      field: "api_key",
      status: 422,
    });
  });

  it.each([
    [401, "signed_out"],
    [403, "forbidden"],
    [404, "not_found"],
    [409, "conflict"],
    [413, "too_large"],
    [429, "too_many_requests"],
    [502, "server_unavailable"],
    [400, "bad_request"],
  ])("get a code of their own when a %i is not ours", (status, code) => {
    expect(errorOfAnswer(status, "<html>").code).toBe(code);
    expect(errorOfAnswer(status, { error: "text" }).code).toBe(code);
  });

  it("carry the whole answer, so that a stale draft brings the current one", () => {
    const body = { error: { code: "stale_draft", message: "…" }, current: { revision: 4 } };

    expect(errorOfAnswer(409, body).body).toEqual(body);
  });
});

it("a fetch that found nobody is offline, anything else is unexpected", () => {
  expect(asApiError(new TypeError("Failed to fetch")).code).toBe("offline");
  expect(asApiError(new Error("boom")).code).toBe("unexpected");
});
