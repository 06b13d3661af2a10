/** The template grammar as the editor needs it: where the `{{ … }}` are, and which ones name a piece of information. */

export interface InfoRef {
  /** Exactly as written, braces included; this is what is stored. */
  readonly raw: string;
  readonly node: string;
  readonly path: readonly string[];
  /** What follows the path, from the first `|` on, or "". */
  readonly filters: string;
}

export type Segment =
  | { readonly kind: "text"; readonly text: string }
  | ({ readonly kind: "info" } & InfoRef);

const REF =
  /^\s*([a-z][a-z0-9_]{0,49})((?:\s*\.\s*[\p{L}_][\p{L}\p{N}_]*|\s*\[\s*(?:\d+|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')\s*\])*)\s*(\|[\s\S]*)?$/u;
const KEY = /\.\s*([\p{L}_][\p{L}\p{N}_]*)|\[\s*(?:(\d+)|"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)')\s*\]/gu;
const PLAIN_KEY = /^[\p{L}_][\p{L}\p{N}_]*$/u;

/** Cuts a template into text and info. Joining the texts and `raw`s gives back the template, whatever it is. */
export function parseTemplate(template: string): Segment[] {
  const segments: Segment[] = [];
  let text = "";
  let at = 0;
  while (at < template.length) {
    const open = template.indexOf("{{", at);
    const end = open < 0 ? -1 : closing(template, open + 2);
    if (end < 0) {
      text += template.slice(at);
      break;
    }
    const ref = parseRef(template.slice(open, end));
    if (ref) {
      text += template.slice(at, open);
      if (text) segments.push({ kind: "text", text });
      text = "";
      segments.push({ kind: "info", ...ref });
      at = end;
    } else {
      // Not ours: keep it as the text it is, and look again right behind these two braces.
      text += template.slice(at, open + 2);
      at = open + 2;
    }
  }
  if (text) segments.push({ kind: "text", text });
  return segments;
}

/** One `{{ … }}` as a reference, or null when it is not one. */
export function parseRef(raw: string): InfoRef | null {
  if (!raw.startsWith("{{") || !raw.endsWith("}}")) return null;
  const match = REF.exec(raw.slice(2, -2));
  if (!match) return null;
  const path = [...(match[2] ?? "").matchAll(KEY)].map(
    ([, name, index, double, single]) => name ?? index ?? (double ?? single ?? "").replace(/\\(.)/gs, "$1"),
  );
  return { raw, node: match[1] as string, path, filters: (match[3] ?? "").trim() };
}

export function writeRef(node: string, path: readonly string[], filters = ""): string {
  const keys = path.map((key) => (PLAIN_KEY.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`));
  return `{{ ${node}${keys.join("")}${filters ? ` ${filters}` : ""} }}`;
}

/** The reference a template is, when it is exactly one and nothing else. */
export function onlyRef(template: unknown): InfoRef | null {
  return typeof template === "string" ? parseRef(template.trim()) : null;
}

/** Every reference in a config value, however deep. */
export function refsIn(value: unknown): InfoRef[] {
  if (typeof value === "string") {
    return value.includes("{{") ? parseTemplate(value).filter((s) => s.kind === "info") : [];
  }
  if (Array.isArray(value)) return value.flatMap(refsIn);
  if (value !== null && typeof value === "object") return Object.values(value).flatMap(refsIn);
  return [];
}

/** The same config with every reference to a renamed step following it. */
export function renameRefs<T>(value: T, names: ReadonlyMap<string, string>): T {
  if (typeof value === "string") {
    if (!value.includes("{{")) return value;
    return parseTemplate(value)
      .map((s) => {
        if (s.kind === "text") return s.text;
        const name = names.get(s.node);
        return name === undefined ? s.raw : s.raw.replace(s.node, name);
      })
      .join("") as T;
  }
  if (Array.isArray(value)) return value.map((each) => renameRefs(each, names)) as T;
  if (value !== null && typeof value === "object") {
    return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, renameRefs(v, names)])) as T;
  }
  return value;
}

/** Index just behind the `}}` that closes an expression opened before `from`; quoted text may hold braces. -1: none. */
function closing(template: string, from: number): number {
  let quote = "";
  for (let i = from; i < template.length; i++) {
    const c = template[i];
    if (quote) {
      if (c === "\\") i++;
      else if (c === quote) quote = "";
    } else if (c === '"' || c === "'") quote = c;
    else if (c === "{" && template[i + 1] === "{") return unquotedClosing(template, from);
    else if (c === "}" && template[i + 1] === "}") return i + 2;
  }
  return unquotedClosing(template, from);
}

// An apostrophe in prose must not swallow the rest of the template.
function unquotedClosing(template: string, from: number): number {
  const end = template.indexOf("}}", from);
  const next = template.indexOf("{{", from);
  return end < 0 || (next >= 0 && next < end) ? -1 : end + 2;
}
