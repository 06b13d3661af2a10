/** As the `ref` of the option that is active: brings it into view when it becomes so. */
export const intoView = (option: HTMLElement | null): void =>
  // jsdom has no place to scroll.
  option?.scrollIntoView?.({ block: "nearest" });
