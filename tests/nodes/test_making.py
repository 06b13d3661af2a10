"""Steps that have a model make something: it is made once, and kept as what it is."""

from nodes.builtin.draw.node import Draw
from nodes.builtin.speak.node import Speak
from nodes.sdk.made_files import made_file, size_fault
from nodes.sdk.media_by_script import MediaByScript
from nodes.sdk.models import Made
from nodes.sdk.scripted import ScriptedFiles
from nodes.sdk.testing import TestContext


class Counting(MediaByScript):
    """Counts what it makes."""

    made = 0

    async def speak(self, text: str, *, voice: str = "", model: str = "") -> Made:
        self.made += 1
        return await super().speak(text, voice=voice, model=model)

    async def draw(self, words: str, *, size: str = "", model: str = "") -> Made:
        self.made += 1
        return await super().draw(words, size=size, model=model)


async def test_what_was_made_is_not_made_again_by_a_later_attempt():
    for node, config in ((Draw(), Draw.Config(words="A boat")), (Speak(), Speak.Config(text="Ahoy"))):
        models = Counting()
        first = TestContext(models=models, files=ScriptedFiles({}))  # type: ignore[arg-type]

        made = await node.run(config, first)  # type: ignore[arg-type]
        again = await node.run(config, TestContext(models=models, steps=first.steps))  # type: ignore[arg-type]

        assert again == made
        assert models.made == 1


async def test_a_made_file_is_called_as_said_with_the_ending_of_what_it_is():
    names = {
        "Card": "Card.png",
        "Card.png": "Card.png",
        "a/../b\\c": "a .. b c.png",
        " \n ": "file.png",
        "x" * 300: "x" * 190 + ".png",
    }

    for said, name in names.items():
        kept = await made_file(Made("image/png", b"\x89PNG\r\n\x1a\n"), said, ScriptedFiles({}))
        assert isinstance(kept, dict)
        assert kept["name"] == name


def test_a_size_is_width_and_height():
    for size in ("", "1024x1024", " 1536 X 1024 ", "512×512"):
        assert size_fault(size) is None, size
    for size in ("large", "1024", "0x10", "1024x1024x3", "-5x10"):
        assert size_fault(size) is not None, size
