"""Begins a new node type: a folder with every file it needs, whose examples are true from the start."""

from __future__ import annotations

import keyword
from pathlib import Path
from string import Template
from typing import Final

from nodes.sdk.catalogue import Catalogue
from nodes.sdk.strict import NODE_ID
from nodes.sdk.variables import RESERVED

WORDS: Final = {"nodes", "node", "sdk", "test", "tests"}
"""Names that would say nothing of what the type does."""


class CannotBegin(Exception):
    """A name that cannot be given to a new type: what is wrong with it, and what to do."""


def begin(name: str, folder: Path, catalogue: Catalogue, title: str = "") -> list[Path]:
    """Writes a new type into `folder / name`. Gives the files; raises CannotBegin and then writes nothing."""
    if fault := name_fault(name, folder, catalogue):
        raise CannotBegin(fault)
    if any(c in title for c in '"\\\n{}$'):
        raise CannotBegin("A title is one line, without quotes, braces, $ and \\.")
    words = {
        "name": name,
        "cls": "".join(part.capitalize() for part in name.split("_")),
        "title": title.strip() or name.replace("_", " ").capitalize(),
    }
    home = folder / name
    home.mkdir(parents=True)
    files = {home / file: Template(text).substitute(words) for file, text in FILES.items()}
    for file, text in files.items():
        file.write_text(text, encoding="utf-8")
    return list(files)


def name_fault(name: str, folder: Path, catalogue: Catalogue) -> str:
    """Why a new type in `folder` cannot have that name, in words; nothing if it can."""
    if not NODE_ID.match(name):
        return (
            f"{name!r} cannot be the name of a step type: begin with a small letter and go on with "
            "small letters, digits and _, 50 characters at most, such as word_count."
        )
    if keyword.iskeyword(name) or name in RESERVED or name in WORDS or name.endswith("_"):
        other = f"{name.strip('_')}_text"
        return f"{name!r} is a word with a meaning of its own here: take another, such as {other}."
    if name in catalogue.types:
        return f"There is a step type {name!r} already, {catalogue.types[name].title!r}: take another name."
    if name in catalogue.broken:
        return f"Something called {name!r} is here already and cannot be loaded: {catalogue.broken[name]}"
    for there in (folder / name, folder / f"{name}.py"):
        if there.exists():
            return f"{there} is there already: take another name, or remove it."
    return ""


FILES: Final = {
    "node.py": '''"""Shortens a text."""

from nodes.sdk import Field, Node, NodeConfig, NodeContext, NodeError, NodeOutput


class $cls(Node):
    """Gives the beginning of a text, as many words as are wanted."""

    type, title, group, effects = "$name", "$title", "Advanced", "none"
    fails_with = ("info_missing",)
    sentence = "Takes the first {words} words of {text}."

    class Config(NodeConfig):
        text: str = Field(
            title="Text", help="Type, or insert information from earlier steps.", widget="template"
        )
        words: int = Field(10, title="Words", widget="number", ge=1, le=1_000)

    class Output(NodeOutput):
        text: str = Field(title="Text")

    async def run(self, config: Config, ctx: NodeContext) -> Output:
        words = config.text.split()
        if not words:
            raise NodeError(
                "info_missing", "There is no text to shorten.", "Look at what the step before it gives."
            )
        return self.Output(text=" ".join(words[: config.words]))
''',
    "README.md": """Gives the beginning of a text: as many words as you want. Use it where the whole would be
too long, such as for the subject of a mail.

Say here what a person who has never seen this step needs to know: what it is good for, what it gives,
and when it fails.
""",
    "README.zh.md": """给出一段文字的开头，需要多少个词就取多少个。整段文字太长时使用它，例如用作邮件的主题。

请在这里写下第一次看到这个步骤的人需要知道的内容：它有什么用，给出什么，什么时候会失败。
""",
    "icon.svg": '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" width="24" height="24" '
    'fill="none" stroke="currentColor" stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round">'
    '<path d="M4 7h16M4 12h9"/><circle cx="18" cy="12" r="1"/></svg>\n',
    "zh.yaml": """title: 新步骤 $name
help: 给出一段文字的开头，需要多少个词就取多少个。
sentence: 取{text}的前 {words} 个词。
fields:
  text: {title: 文字, description: 输入文字，或插入前面步骤的信息。}
  words: {title: 词数}
output:
  text: 文字
""",
    "examples.yaml": """- name: Takes the first words
  config: {text: "The bakery opens at seven.", words: 2}
  output: {text: The bakery}
- name: Leaves a short text as it is
  config: {text: "{{ start_1.query }}"}
  scope: {start_1: {query: Good morning}}
  output: {text: Good morning}
- name: Says that there is nothing to shorten
  config: {text: "{{ start_1.query }}"}
  scope: {start_1: {query: "  "}}
  error: info_missing
""",
}
"""The files of a new type: a small one that works, to be changed into what is wanted."""
