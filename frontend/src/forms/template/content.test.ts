import { $getRoot, $isElementNode, createEditor, type LexicalEditor, TextNode } from "lexical";
import { describe, expect, test } from "vitest";
import { $chipTransform, $readTemplate, $writeTemplate } from "./content";
import { $isInfoNode, InfoNode } from "./InfoNode";

function open(template: string): LexicalEditor {
  const editor = createEditor({
    nodes: [InfoNode],
    onError: (error) => {
      throw error;
    },
  });
  editor.registerNodeTransform(TextNode, $chipTransform);
  editor.update(() => $writeTemplate(template), { discrete: true });
  return editor;
}
const read = (editor: LexicalEditor) => editor.getEditorState().read($readTemplate);
const $parts = () => {
  const [paragraph] = $getRoot().getChildren();
  return $isElementNode(paragraph) ? paragraph.getChildren() : [];
};
const chips = (editor: LexicalEditor) =>
  editor.getEditorState().read(() =>
    $parts()
      .filter($isInfoNode)
      .map((n) => n.getTextContent()),
  );

describe("a template in the editor", () => {
  test.each([
    "",
    "plain",
    "Hi {{ start_1.query }}!",
    '{{ a.b | default("x") }}',
    "two\nlines\n",
    "\n\n{{ a.b }}\n",
    "{{a.b}}{{ c.d }}",
    "{{ broken {{ a.b }}",
    "多行\n{{ start_1.query }}\n结束",
  ])("comes out as it went in: %j", (template) => {
    expect(read(open(template))).toBe(template);
  });

  test("references are chips, and chips copy as the text they stand for", () => {
    const editor = open('Hi {{ a.b | default("x") }} and {{ c.d }}');

    expect(chips(editor)).toEqual(['{{ a.b | default("x") }}', "{{ c.d }}"]);
    expect(editor.getEditorState().read(() => $getRoot().getTextContent())).toBe(
      'Hi {{ a.b | default("x") }} and {{ c.d }}',
    );
  });

  test("a reference that is typed or pasted becomes a chip", () => {
    const editor = open("Hi ");

    editor.update(() => $getRoot().selectEnd().insertText("{{ a.b }} there"), { discrete: true });

    expect(chips(editor)).toEqual(["{{ a.b }}"]);
    expect(read(editor)).toBe("Hi {{ a.b }} there");
  });

  test("what only looks like one stays text", () => {
    const editor = open("");

    editor.update(() => $getRoot().selectEnd().insertText("{{ 1 + 1 }} {{ open"), { discrete: true });

    expect(chips(editor)).toEqual([]);
    expect(read(editor)).toBe("{{ 1 + 1 }} {{ open");
  });

  test("Backspace takes a whole chip", () => {
    const editor = open("Hi {{ a.b }}");

    editor.update(() => $getRoot().selectEnd().deleteCharacter(true), { discrete: true });

    expect(read(editor)).toBe("Hi ");
  });
});
