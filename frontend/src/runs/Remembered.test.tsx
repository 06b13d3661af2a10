import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, expect, it } from "vitest";
import type { Graph, RunEvent, StreamEntry } from "@/api/types";
import { renderApp } from "@/test/renderApp";
import recorded from "../../../tests/contracts/remembering/loops_and_a_conversation.json";
import { Changes } from "./Changes";
import { Remembered } from "./Remembered";
import { createRunStore, RunContext } from "./runStore";

const store = createRunStore((work) => work());
const declared: Graph["variables"] = [
  { name: "total", scope: "run", type: "number", default: 1, title: "Sum of all" },
];

beforeEach(() => {
  store.clear();
  const entries = (recorded.events as unknown as RunEvent[]).map(
    (event): StreamEntry => ({ id: `${event.seq}-0`, kind: "event", event }),
  );
  store.take(entries);
});

const show = () =>
  renderApp(
    <RunContext value={store}>
      <Remembered declared={declared} titleOf={(path) => (path === "loop_1" ? "Repeat" : "")} />
      <Changes path="loop_1[1].set_variable_3" />
      <Changes path="start_1" />
    </RunContext>,
  );

it("shows the last values, by what they are called", async () => {
  await show();

  const total = await screen.findByText("Sum of all");
  expect(total.nextElementSibling).toHaveTextContent("8");
  expect(screen.getByText("names").nextElementSibling).toHaveTextContent("kept");
  expect(screen.getByText("From round to round: Repeat")).toBeInTheDocument();
});

it("shows what each round made of what a loop keeps", async () => {
  await show();
  const loop = (await screen.findByText("From round to round: Repeat")).closest("section")?.parentElement;
  if (!loop) throw new Error("The loop is not shown.");

  await userEvent.click(within(loop).getByText("Each round"));

  const second = within(loop).getByText("Round 2").closest("li");
  expect(second).toHaveTextContent("sum3");
  expect(second).toHaveTextContent("added 3now 2 items");
});

it("shows at a step what it changed, in the round that is looked at, and nothing at others", async () => {
  await show();

  expect(await screen.findAllByText("What it changed")).toHaveLength(1);
});
