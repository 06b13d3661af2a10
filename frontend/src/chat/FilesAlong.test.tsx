import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it, vi } from "vitest";
import { Bubble } from "./Bubble";
import { bytesOf } from "./bytes";
import { testWords as words } from "./testWords";

const file = (over: object) => ({ file_id: "f1", name: "a.pdf", mime: "application/pdf", size: 5, ...over });
const hrefOf = ({ file_id }: { file_id: string }) => `/c/shop/files/${file_id}`;

function show(files: ReturnType<typeof file>[], status: "done" | "streaming" = "done") {
  const message = { id: "1", role: "assistant" as const, text: "", status, files };
  return render(<Bubble words={words} message={message} fileWay={{ href: hrefOf }} />).container;
}

it("offers each file of a reply to be saved, also of one without words", () => {
  show([file({}), file({ file_id: "f2", name: "b.csv" })]);

  const links = screen.getAllByRole("link");
  expect(links.map((link) => link.getAttribute("href"))).toEqual(["/c/shop/files/f1", "/c/shop/files/f2"]);
  expect(screen.getByRole("link", { name: "Download b.csv" })).toHaveAttribute("download", "b.csv");
});

it("shows pictures that are small, and nothing else, as they are", () => {
  const page = show([
    file({ file_id: "small", mime: "image/png", size: 1_000 }),
    file({ file_id: "large", mime: "image/png", size: 9_000_000 }),
    file({ file_id: "drawn", mime: "image/svg+xml", size: 1_000 }),
    file({ file_id: "paper" }),
  ]);

  const shown = [...page.querySelectorAll("img")].map((one) => one.getAttribute("src"));
  expect(shown).toEqual(["/c/shop/files/small"]);
});

it("plays sounds that are small, and each can be saved besides", async () => {
  const fetched = vi.fn(async (_: string) => new Response("x"));
  vi.stubGlobal("fetch", fetched);
  vi.stubGlobal("URL", Object.assign(URL, { createObjectURL: () => "blob:x", revokeObjectURL: () => {} }));
  const page = show([
    file({ file_id: "small", name: "said.mp3", mime: "audio/mpeg" }),
    file({ file_id: "large", name: "long.mp3", mime: "audio/mpeg", size: 9_000_000 }),
    file({ file_id: "film", name: "film.webm", mime: "video/webm" }),
  ]);

  await vi.waitFor(() => expect(page.querySelectorAll("audio")).toHaveLength(1));
  const player = screen.getByLabelText("said.mp3");
  expect(player).toHaveAttribute("src", "blob:x");
  expect(player).toHaveAttribute("controls");
  expect(fetched.mock.calls).toEqual([["/c/shop/files/small"]]);
  expect(screen.getAllByRole("link")).toHaveLength(3);
  vi.unstubAllGlobals();
});

it("offers nothing while the reply is still written", () => {
  show([file({})], "streaming");

  expect(screen.queryByRole("link")).toBeNull();
});

it("says how large a file is", () => {
  expect([5, 1_000, 34_567, 999_600, 1_234_567, 25_000_000].map(bytesOf)).toEqual([
    "5 B",
    "1 kB",
    "35 kB",
    "1 MB",
    "1.2 MB",
    "25 MB",
  ]);
});

it("fetches a file itself where a link would not say who asks, and says when it cannot", async () => {
  const bytes = vi.fn(async ({ file_id }: { file_id: string }) => {
    if (file_id === "gone") throw new Error("gone");
    return new Blob(["x"]);
  });
  vi.stubGlobal("URL", Object.assign(URL, { createObjectURL: () => "blob:x", revokeObjectURL: () => {} }));
  const files = [file({ file_id: "small", mime: "image/png" }), file({ file_id: "gone", name: "b.csv" })];
  const message = { id: "1", role: "assistant" as const, text: "", status: "done" as const, files };
  const page = render(<Bubble words={words} message={message} fileWay={{ load: bytes }} />).container;

  await vi.waitFor(() => expect(page.querySelector("img")).toHaveAttribute("src", "blob:x"));
  expect(bytes).toHaveBeenCalledTimes(1);
  await userEvent.click(screen.getByRole("button", { name: "Download b.csv" }));

  expect(await screen.findByRole("alert")).toHaveTextContent("b.csv could not be loaded.");
  expect(screen.queryByRole("link")).toBeNull();
});
