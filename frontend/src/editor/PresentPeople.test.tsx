import { act, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { ConsoleSocket, type Present } from "@/api/socket";
import { renderApp } from "@/test/renderApp";
import { Wire } from "@/test/Wire";
import { EditorContext, type EditorWorld } from "./context";
import { initials } from "./initials";
import { PresentPeople } from "./PresentPeople";

const someone = (id: string, name: string, is_you = false): Present => ({ id, name, is_you, windows: 1 });

let wires: Wire[];
let socket: ConsoleSocket;
beforeEach(() => {
  wires = [];
  socket = new ConsoleSocket(() => {
    const wire = new Wire();
    wires.push(wire);
    return wire;
  });
});
afterEach(() => socket.close());

async function shown(people: Present[]) {
  const world = { workflow: "a1" } as EditorWorld;
  const view = await renderApp(
    <EditorContext value={world}>
      <PresentPeople socket={socket} />
    </EditorContext>,
  );
  await vi.waitFor(() => expect(wires).toHaveLength(1));
  const wire = wires[0] as Wire;
  act(() => {
    wire.open();
    wire.says({ type: "present", app: "a1", people });
  });
  return { ...view, wire };
}

it("says that the app is open in another tab, and leaves it when the page is left", async () => {
  const { wire, unmount } = await shown([someone("u1", "Mei", true)]);

  expect(screen.getByRole("status", { name: "Who else has this app open" })).toHaveTextContent(
    /^Also open in another tab$/,
  );
  unmount();

  expect(wire.sent).toEqual([{ type: "enter", app: "a1" }, { type: "leave" }]);
});

it("shows others by their initials, and says their names to who does not see them", async () => {
  await shown([
    someone("u2", "Sam Tan"),
    someone("u3", "王小明"),
    someone("u4", "Ana"),
    someone("u5", "Bo"),
    someone("u6", "Cy"),
  ]);

  const status = screen.getByRole("status");
  expect(status).toHaveTextContent("ST");
  expect(status).toHaveTextContent("Sam Tan has this app open too");
  expect(status).toHaveTextContent("2 more have this app open");
  expect(status).not.toHaveTextContent("Bo");
  expect(status).not.toHaveTextContent("another tab");
});

it("forgets them when they are gone", async () => {
  const { wire } = await shown([someone("u2", "Sam")]);
  expect(screen.getByText("Sam has this app open too")).toBeInTheDocument();

  act(() => wire.says({ type: "present", app: "a1", people: [] }));

  expect(screen.getByRole("status")).toBeEmptyDOMElement();
});

it("takes the first sign of the first and the last word", () => {
  expect(["Mei Lin", "sam", "王小明", "anna-lena von der berg", "  ", "🦊 fox"].map(initials)).toEqual([
    "ML",
    "S",
    "王",
    "AB",
    "",
    "🦊F",
  ]);
});
