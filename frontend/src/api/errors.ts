/** Everything that can go wrong with a call, as one shape: a stable code, the server's words, and where it happened. */
export class ApiError extends Error {
  readonly code: string;
  readonly hint: string;
  readonly field: string | null;
  readonly status: number;
  /** The whole answer, for errors that carry more (a stale draft brings the current one). */
  readonly body: unknown;

  constructor(fault: {
    code: string;
    message: string;
    hint?: string;
    field?: string | null;
    status?: number;
    body?: unknown;
  }) {
    super(fault.message);
    this.name = "ApiError";
    this.code = fault.code;
    this.hint = fault.hint ?? "";
    this.field = fault.field ?? null;
    this.status = fault.status ?? 0;
    this.body = fault.body ?? null;
  }
}

/** Codes for answers that are not ours: a proxy's page, a server that is starting, a lost connection. */
function codeOfStatus(status: number): string {
  if (status === 401) return "signed_out";
  if (status === 403) return "forbidden";
  if (status === 404) return "not_found";
  if (status === 409) return "conflict";
  if (status === 413) return "too_large";
  if (status === 429) return "too_many_requests";
  if (status >= 500) return "server_unavailable";
  return "bad_request";
}

/** The error of an answer that is not 2xx. `body` is its parsed JSON, or null when it had none. */
export function errorOfAnswer(status: number, body: unknown): ApiError {
  const fault = isObject(body) && isObject(body.error) ? body.error : null;
  if (fault && typeof fault.code === "string") {
    return new ApiError({
      code: fault.code,
      message: textOf(fault.message),
      hint: textOf(fault.hint),
      field: typeof fault.field === "string" && fault.field ? fault.field : null,
      status,
      body,
    });
  }
  return new ApiError({ code: codeOfStatus(status), message: "", status, body });
}

/** Anything thrown, as an ApiError: fetch throws TypeError when there is no connection. */
export function asApiError(thrown: unknown): ApiError {
  if (thrown instanceof ApiError) return thrown;
  if (thrown instanceof TypeError) return new ApiError({ code: "offline", message: thrown.message });
  return new ApiError({
    code: "unexpected",
    message: thrown instanceof Error ? thrown.message : String(thrown),
  });
}

export function isAbort(thrown: unknown): boolean {
  return thrown instanceof DOMException && thrown.name === "AbortError";
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}
