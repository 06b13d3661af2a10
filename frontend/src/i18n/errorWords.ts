import i18next from "i18next";
import { asApiError } from "@/api/errors";

export interface ErrorWords {
  /** What happened. */
  message: string;
  /** What to do. Empty when there is nothing to add. */
  hint: string;
  /** The server's own words, when they say more than the catalogue; shown behind "Show details". */
  details: string;
}

/** Codes of which the message is written by whoever built the app: it says more than any catalogue could. */
const IN_OWN_WORDS: ReadonlySet<string> = new Set(["stopped"]);
/** What the engine says where that person wrote nothing. */
const NO_OWN_WORDS = "The app ended itself.";

interface Fault {
  code: string;
  message?: string;
  hint?: string;
}

/** An error in the person's language: the catalogue's words for its code, else the server's, else a plain sentence. */
export function errorWords(fault: Fault): ErrorWords {
  const message = lookUp(`${fault.code}.message`);
  const own = [fault.message, fault.hint].filter(Boolean).join(" ");
  if (IN_OWN_WORDS.has(fault.code) && fault.message && fault.message !== NO_OWN_WORDS) {
    return { message: fault.message, hint: lookUp(`${fault.code}.hint`), details: "" };
  }
  if (message) return { message, hint: lookUp(`${fault.code}.hint`), details: own };
  if (fault.message) return { message: fault.message, hint: fault.hint ?? "", details: fault.code };
  return { message: lookUp("unexpected.message"), hint: lookUp("unexpected.hint"), details: fault.code };
}

/** `errorWords` for anything that was thrown. */
export function wordsOfThrown(thrown: unknown): ErrorWords {
  return errorWords(asApiError(thrown));
}

function lookUp(key: string): string {
  // Codes come from the server, so the key is not one the compiler can know.
  const text = (i18next.t as (key: string, options: object) => unknown)(key, {
    ns: "errors",
    defaultValue: "",
  });
  return typeof text === "string" ? text : "";
}
