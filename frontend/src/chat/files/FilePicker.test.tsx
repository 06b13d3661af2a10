import { fireEvent, render, screen, waitFor } from "@testing-library/react";
import { expect, it, vi } from "vitest";
import en from "@/i18n/en/chat.json";
import { FilePicker } from "./FilePicker";
import { rulesOf } from "./rules";
import type { SendFile } from "./useSending";

const cv = new File(["Ten years"], "cv.txt");
const photo = new File(["pixels"], "photo.png");

function draw(send: SendFile, kind = "file") {
  const onChange = vi.fn();
  const { container } = render(
    <FilePicker
      control={{ id: "field" }}
      label="Your CV"
      rules={rulesOf({ kind, max_mb: 1 })}
      words={en.files}
      send={send}
      explain={() => "There is no room."}
      onChange={onChange}
    />,
  );
  const chooser = container.querySelector("input[type=file]") as HTMLInputElement;
  return { onChange, choose: (...files: File[]) => fireEvent.change(chooser, { target: { files } }) };
}

it("shows how far a file is, and gives its id once it has arrived", async () => {
  let arrive = (_: { id: string }) => {};
  const { onChange, choose } = draw((_, onSent) => {
    onSent(0.5);
    return new Promise((resolve) => {
      arrive = resolve;
    });
  });

  choose(cv);
  expect(await screen.findByRole("progressbar", { name: "Sending cv.txt, 50 %" })).toBeTruthy();
  expect(onChange).toHaveBeenLastCalledWith([], true);

  arrive({ id: "f1" });
  await waitFor(() => expect(onChange).toHaveBeenLastCalledWith(["f1"], false));
  expect(screen.queryByRole("progressbar")).toBeNull();
});

it("stops sending when told to", async () => {
  let wasStopped = false;
  const { onChange, choose } = draw((_file, _onSent, signal) => {
    signal.addEventListener("abort", () => {
      wasStopped = true;
    });
    return new Promise(() => {});
  });

  choose(cv);
  fireEvent.click(await screen.findByRole("button", { name: "Stop sending cv.txt" }));

  expect(wasStopped).toBe(true);
  await waitFor(() => expect(onChange).toHaveBeenLastCalledWith([], false));
});

it("says in words why a file could not be sent, and lets it be put away", async () => {
  const { choose } = draw(() => Promise.reject(new Error("full")));

  choose(cv);
  expect((await screen.findByRole("alert")).textContent).toBe("cv.txt could not be sent. There is no room.");

  fireEvent.click(screen.getByRole("button", { name: "Remove cv.txt" }));
  expect(screen.queryByRole("alert")).toBeNull();
});

it("puts one file in the place of another where one is asked for, and keeps several otherwise", async () => {
  const send: SendFile = (file) => Promise.resolve({ id: file.name });
  const one = draw(send);
  one.choose(cv);
  one.choose(photo);
  await waitFor(() => expect(one.onChange).toHaveBeenLastCalledWith(["photo.png"], false));

  const several = draw(send, "files");
  several.choose(cv, photo);
  await waitFor(() => expect(several.onChange).toHaveBeenLastCalledWith(["cv.txt", "photo.png"], false));
});

it("takes what is dropped", async () => {
  const { onChange } = draw(() => Promise.resolve({ id: "f1" }));

  fireEvent.drop(screen.getByText("or drop it here"), { dataTransfer: { files: [cv] } });

  await waitFor(() => expect(onChange).toHaveBeenLastCalledWith(["f1"], false));
});
