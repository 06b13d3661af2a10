/** Template text into the editor and out again. What goes in comes out unchanged. */

import {
  $createLineBreakNode,
  $createParagraphNode,
  $createTextNode,
  $getRoot,
  $isElementNode,
  type LexicalNode,
  type TextNode,
} from "lexical";
import { InfoNode } from "./InfoNode";
import { parseTemplate } from "./syntax";

/** Fills the editor with a template. Lines are line breaks inside one paragraph. */
export function $writeTemplate(template: string): void {
  const paragraph = $createParagraphNode();
  paragraph.append(...$nodesOf(template));
  $getRoot().clear().append(paragraph);
}

export function $readTemplate(): string {
  return $getRoot()
    .getChildren()
    .map((block) =>
      $isElementNode(block) ? block.getChildren().map(textOf).join("") : block.getTextContent(),
    )
    .join("\n");
}

export function $nodesOf(template: string): LexicalNode[] {
  const nodes: LexicalNode[] = [];
  for (const segment of parseTemplate(template)) {
    if (segment.kind === "info") {
      nodes.push(new InfoNode(segment.raw));
      continue;
    }
    segment.text.split("\n").forEach((line, i) => {
      if (i > 0) nodes.push($createLineBreakNode());
      if (line) nodes.push($createTextNode(line));
    });
  }
  return nodes;
}

/** A `{{ … }}` that was typed or pasted becomes a chip. */
export function $chipTransform(node: TextNode): void {
  const text = node.getTextContent();
  if (!text.includes("{{") || node.isComposing()) return;
  const segments = parseTemplate(text);
  if (!segments.some((s) => s.kind === "info")) return;
  const nodes = $nodesOf(text);
  let last: LexicalNode = node;
  for (const each of nodes) {
    last.insertAfter(each);
    last = each;
  }
  node.remove();
  last.selectNext(0, 0);
}

const textOf = (node: LexicalNode): string => node.getTextContent();
