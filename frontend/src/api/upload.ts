import { cookie } from "./cookie";
import { ApiError, errorOfAnswer } from "./errors";

/**
 * Posts a form and tells how much of it was sent, from 0 to 1: what fetch cannot say. Rejects with ApiError,
 * or with AbortError once `signal` is aborted.
 */
export function upload<T>(
  path: string,
  form: FormData,
  onSent: (part: number) => void,
  signal: AbortSignal,
  bearer?: string,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const abort = () => request.abort();
    request.open("POST", path);
    request.setRequestHeader("X-CSRFToken", cookie("csrftoken"));
    if (bearer !== undefined) request.setRequestHeader("Authorization", `Bearer ${bearer}`);
    request.responseType = "json";
    request.upload.onprogress = ({ loaded, total }) => onSent(total > 0 ? loaded / total : 0);
    request.onload = () => {
      if (request.status >= 200 && request.status < 300) resolve(request.response as T);
      else reject(errorOfAnswer(request.status, request.response));
    };
    request.onerror = () => reject(new ApiError({ code: "offline", message: "" }));
    request.onabort = () => reject(new DOMException("The upload was cancelled.", "AbortError"));
    request.onloadend = () => signal.removeEventListener("abort", abort);
    signal.addEventListener("abort", abort);
    if (signal.aborted) reject(new DOMException("The upload was cancelled.", "AbortError"));
    else request.send(form);
  });
}
