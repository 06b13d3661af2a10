"""What the visitor reads."""

from nodes.sdk import Field, Node, NodeConfig, NodeContext, NodeOutput


class Answer(Node):
    """Says something to the visitor."""

    type, title, group, effects, answers = "answer", "Reply", "Talk", "none", "text"
    fails_with = ()
    sentence = "Says: {text}"

    class Config(NodeConfig):
        text: str = Field(
            title="Reply",
            help="What the visitor reads. Text of an AI model appears word by word while it is written.",
            widget="template",
            placeholder="{{ prompt_1.text }}",
        )

    class Output(NodeOutput):
        text: str = Field(title="Reply")

    async def run(self, config: Config, ctx: NodeContext) -> Output:
        return self.Output(text=config.text)
