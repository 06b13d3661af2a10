/** The few parts of a hast tree that matter here. */
interface Text {
  type: "text";
  value: string;
}
interface Element {
  type: "element";
  tagName: string;
  properties: Record<string, unknown>;
  children: Node[];
}
type Node = Text | Element | { type: string; children?: Node[] };

const MARKS = /\[(\d{1,3}(?:\s*[,，、]\s*\d{1,3})*)\]/g;
const UNTOUCHED = new Set(["a", "code", "pre"]);

/** A rehype plugin: `[1]` or `[1, 3]` in a reply with `count` sources becomes a button for each of them. */
export function rehypeMarks({ count }: { count: number }) {
  return (tree: Node): void => {
    if (count > 0) walk(tree, count);
  };
}

function walk(node: Node, count: number): void {
  if (!("children" in node) || !node.children) return;
  if ("tagName" in node && UNTOUCHED.has(node.tagName)) return;
  node.children = node.children.flatMap((child) => {
    if (child.type === "text" && "value" in child) return marked(child.value, count);
    walk(child, count);
    return [child];
  });
}

/** The text cut at its marks. Numbers that no source has stay text. */
function marked(text: string, count: number): Node[] {
  const parts: Node[] = [];
  let done = 0;
  for (const match of text.matchAll(MARKS)) {
    const numbers = (match[1] ?? "").split(/\D+/).map(Number);
    if (!numbers.every((n) => n >= 1 && n <= count)) continue;
    if (match.index > done) parts.push({ type: "text", value: text.slice(done, match.index) });
    for (const n of new Set(numbers)) {
      parts.push({
        type: "element",
        tagName: "button",
        properties: { value: String(n) },
        children: [{ type: "text", value: String(n) }],
      });
    }
    done = match.index + match[0].length;
  }
  if (done < text.length) parts.push({ type: "text", value: text.slice(done) });
  return parts;
}
