import createClient from "openapi-fetch";
import { cookie } from "./cookie";
import { asApiError, errorOfAnswer, isAbort } from "./errors";
import type { paths } from "./schema";

/** The console API with the types of its OpenAPI description. Calls go through `answer`, which throws ApiError. */
export const client = createClient<paths>({
  baseUrl: location.origin,
  credentials: "same-origin",
  // Looked up at each call: tests put another fetch in its place.
  fetch: (request) => fetch(request),
});

client.use({
  onRequest({ request }) {
    if (request.method !== "GET") request.headers.set("X-CSRFToken", cookie("csrftoken"));
    return request;
  },
});

interface Outcome<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** The data of an answer. Raises ApiError for everything else: a refusal, a proxy's page, no connection. */
export async function answer<T>(call: Promise<Outcome<T>>): Promise<T> {
  let outcome: Outcome<T>;
  try {
    outcome = await call;
  } catch (thrown) {
    throw isAbort(thrown) ? thrown : asApiError(thrown);
  }
  if (!outcome.response.ok) throw errorOfAnswer(outcome.response.status, outcome.error);
  return outcome.data as T;
}
