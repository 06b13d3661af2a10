"""Text put together from information of earlier steps."""

from nodes.sdk import Field, Node, NodeConfig, NodeContext, NodeOutput


class Template(Node):
    """Puts a text together from information of earlier steps."""

    type, title, group, effects = "template", "Text from a template", "Advanced", "none"
    fails_with = ()
    sentence = "Puts a text together."

    class Config(NodeConfig):
        text: str = Field(
            title="Text",
            help="Type, and insert information where it should appear.",
            widget="template",
            placeholder="Dear {{ start_1.name }}, …",
        )

    class Output(NodeOutput):
        text: str = Field(title="Text")

    async def run(self, config: Config, ctx: NodeContext) -> Output:
        return self.Output(text=config.text)
