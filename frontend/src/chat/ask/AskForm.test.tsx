import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it, vi } from "vitest";
import { ApiError } from "@/api/errors";
import { testWords } from "../testWords";
import { AnswerFirst } from "./AnswerFirst";
import { AskForm } from "./AskForm";
import type { Ask, AskAnswer } from "./ask";

const ask: Ask = {
  path: "loop_1[2].ask_human_1",
  who: "visitor",
  title: "Refund",
  message: "Refund **it**?",
  fields: [
    { name: "amount", label: "Amount", type: "number", required: true },
    { name: "note", label: "Note" },
  ],
  actions: [
    { name: "approve", title: "Approve" },
    { name: "refuse", title: "Refuse", needs_form: false },
  ],
  since: null,
  until: null,
};

function show(over: Partial<Ask> = {}, answer: (given: AskAnswer) => Promise<void> = async () => {}) {
  const onAnswer = vi.fn(answer);
  render(
    <AskForm
      ask={{ ...ask, ...over }}
      words={testWords}
      language="en"
      onAnswer={onAnswer}
      send={async () => ({ id: "f" })}
      explain={(thrown) => (thrown as ApiError).message}
    />,
  );
  return onAnswer;
}

describe("a question to a person", () => {
  it("is answered with the button that was pressed and what stands in the form", async () => {
    const onAnswer = show();

    await userEvent.type(screen.getByLabelText("Amount"), "12,5");
    await userEvent.click(screen.getByRole("button", { name: "Approve" }));

    expect(onAnswer).toHaveBeenCalledExactlyOnceWith({
      path: "loop_1[2].ask_human_1",
      action: "approve",
      fields: { amount: 12.5 },
    });
    expect(await screen.findByText(testWords.ask.sent)).toBeVisible();
    expect(screen.queryByRole("button")).toBeNull();
  });

  it("says at the field what is missing, and goes there", async () => {
    const onAnswer = show();

    await userEvent.click(screen.getByRole("button", { name: "Approve" }));

    expect(onAnswer).not.toHaveBeenCalled();
    expect(screen.getByLabelText("Amount")).toHaveFocus();
    expect(screen.getByLabelText("Amount")).toHaveAccessibleDescription(testWords.page.required);
  });

  it("lets a button be pressed that does not need the form", async () => {
    const onAnswer = show();

    await userEvent.click(screen.getByRole("button", { name: "Refuse" }));

    expect(onAnswer).toHaveBeenCalledExactlyOnceWith({ path: ask.path, action: "refuse", fields: {} });
  });

  it("is sent with Enter where there is one way on, and with no key where there are several", async () => {
    const several = show();
    await userEvent.type(screen.getByLabelText("Amount"), "1{Enter}");
    expect(several).not.toHaveBeenCalled();
    document.body.replaceChildren();

    const one = show({ actions: [] });
    await userEvent.type(screen.getByLabelText("Amount"), "1{Enter}");

    expect(one).toHaveBeenCalledExactlyOnceWith({ path: ask.path, action: "", fields: { amount: 1 } });
  });

  it("shows what the server refuses at its field, and keeps what was typed", async () => {
    show({}, async () => {
      throw new ApiError({
        code: "bad_field",
        message: "It is too much.",
        field: "fields.amount",
        status: 400,
      });
    });

    await userEvent.type(screen.getByLabelText("Amount"), "99");
    await userEvent.click(screen.getByRole("button", { name: "Approve" }));

    expect(await screen.findByText("It is too much.")).toBeVisible();
    expect(screen.getByLabelText("Amount")).toHaveAccessibleDescription("It is too much.");
    expect(screen.getByLabelText("Amount")).toHaveValue("99");
  });

  it("is read by who may only look, and says why nothing can be pressed", async () => {
    const onAnswer = vi.fn();
    render(
      <AskForm
        ask={{ ...ask, actions: [] }}
        words={testWords}
        language="en"
        onAnswer={onAnswer}
        send={async () => ({ id: "f" })}
        explain={() => ""}
        readOnly="Only editors answer."
      />,
    );

    expect(screen.getByLabelText("Amount")).toBeDisabled();
    expect(screen.getByRole("button")).toBeDisabled();
    expect(screen.getByText("Only editors answer.")).toBeVisible();
    await userEvent.type(screen.getByLabelText("Amount"), "1{Enter}");
    expect(onAnswer).not.toHaveBeenCalled();
  });

  it("takes the buttons away when somebody else was faster", async () => {
    show({}, async () => {
      throw new ApiError({
        code: "already_answered",
        message: "Anna was faster.",
        field: "path",
        status: 409,
      });
    });

    await userEvent.click(screen.getByRole("button", { name: "Refuse" }));

    expect(await screen.findByRole("alert")).toHaveTextContent("Anna was faster.");
    expect(screen.queryByRole("button")).toBeNull();
  });
});

describe("the message box beneath a question that waits", () => {
  it("says why nothing new can be sent, and leads to the question", async () => {
    Element.prototype.scrollIntoView = vi.fn();
    show();
    render(<AnswerFirst words={testWords} isOwn />);

    expect(screen.getByText(/once you have answered/)).toBeVisible();
    await userEvent.click(screen.getByRole("button", { name: "Go to the question" }));

    expect(screen.getByLabelText("Amount")).toHaveFocus();
  });

  it("says that the team is asked where the question is theirs", () => {
    render(<AnswerFirst words={testWords} isOwn={false} />);

    expect(screen.getByText(/once the team has answered/)).toBeVisible();
    expect(screen.queryByRole("button")).toBeNull();
  });
});
