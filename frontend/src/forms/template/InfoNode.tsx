import { DecoratorNode, type LexicalNode, type NodeKey, type SerializedLexicalNode } from "lexical";
import type { JSX } from "react";
import { InfoChip } from "./InfoChip";

type SerializedInfo = SerializedLexicalNode & { raw: string };

/** A piece of information in a text: drawn as a chip, kept and copied as the `{{ … }}` it is. */
export class InfoNode extends DecoratorNode<JSX.Element> {
  __raw: string;

  static override getType(): string {
    return "info";
  }

  static override clone(node: InfoNode): InfoNode {
    return new InfoNode(node.__raw, node.__key);
  }

  static override importJSON(json: SerializedInfo): InfoNode {
    return new InfoNode(json.raw);
  }

  constructor(raw = "", key?: NodeKey) {
    super(key);
    this.__raw = raw;
  }

  override exportJSON(): SerializedInfo {
    return { ...super.exportJSON(), type: "info", version: 1, raw: this.__raw };
  }

  override createDOM(): HTMLElement {
    return document.createElement("span");
  }

  override updateDOM(): false {
    return false;
  }

  override getTextContent(): string {
    return this.getLatest().__raw;
  }

  // Backspace takes the whole chip at once, instead of selecting it first.
  override isKeyboardSelectable(): boolean {
    return false;
  }

  override decorate(): JSX.Element {
    return <InfoChip raw={this.__raw} />;
  }
}

export const $isInfoNode = (node: LexicalNode | null | undefined): node is InfoNode =>
  node instanceof InfoNode;
