import { expect, it } from "vitest";
import { type ButtonLook, buttonLine, pageWith, USUAL_LOOK } from "./buttonLine";

const line = (look: Partial<ButtonLook> = {}) =>
  buttonLine("https://chat.example", "my-shop", { ...USUAL_LOOK, ...look });

it("is short while all is as usual", () => {
  expect(line()).toBe('<script src="https://chat.example/embed.js" data-app="my-shop" async></script>');
});

it("says what is not as usual", () => {
  expect(line({ side: "left", color: "#0b7a4b", label: " Ask us " })).toBe(
    '<script src="https://chat.example/embed.js" data-app="my-shop" data-position="left" data-color="#0b7a4b" data-label="Ask us" async></script>',
  );
});

it("keeps whatever is written on the button inside its attribute", () => {
  const label = '"></script><b>&';
  const page = new DOMParser().parseFromString(pageWith(line({ label }), "en"), "text/html");

  expect(page.querySelectorAll("script")).toHaveLength(1);
  expect(page.querySelector("b")).toBeNull();
  expect(page.querySelector("script")?.dataset.label).toBe(label);
});
