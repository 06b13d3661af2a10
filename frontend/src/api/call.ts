import { asApiError, errorOfAnswer, isAbort } from "./errors";

export interface Call {
  body?: unknown;
  /** Sent as is instead of `body`, with this content type. */
  text?: { content: string; type: string };
  signal?: AbortSignal;
  headers?: Record<string, string>;
}

/** One call to the console API: JSON in and out, CSRF header, every failure an ApiError. */
export async function call<T>(method: string, path: string, options: Call = {}): Promise<T> {
  const answer = await send(method, path, options);
  if (answer.status === 204) return undefined as T;
  return (await readJson(answer)) as T;
}

/** Like `call`, for answers that are text (a workflow file). */
export async function callText(method: string, path: string, options: Call = {}): Promise<string> {
  return (await send(method, path, options)).text();
}

async function send(method: string, path: string, options: Call): Promise<Response> {
  const headers: Record<string, string> = { Accept: "application/json", ...options.headers };
  if (method !== "GET") headers["X-CSRFToken"] = cookie("csrftoken");
  let body: string | undefined;
  if (options.text) {
    headers["Content-Type"] = options.text.type;
    body = options.text.content;
  } else if (options.body !== undefined) {
    headers["Content-Type"] = "application/json";
    body = JSON.stringify(options.body);
  }
  let answer: Response;
  try {
    answer = await fetch(path, { method, headers, body, signal: options.signal, credentials: "same-origin" });
  } catch (thrown) {
    throw isAbort(thrown) ? thrown : asApiError(thrown);
  }
  if (!answer.ok) throw errorOfAnswer(answer.status, await readJson(answer));
  return answer;
}

async function readJson(answer: Response): Promise<unknown> {
  try {
    return await answer.json();
  } catch {
    return null;
  }
}

export function cookie(name: string): string {
  const found = document.cookie.split("; ").find((pair) => pair.startsWith(`${name}=`));
  return found ? decodeURIComponent(found.slice(name.length + 1)) : "";
}
