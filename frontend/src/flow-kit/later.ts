const DONE = (): never => {
  throw new Error("What was read once is not worked out again.");
};

/** A value that is worked out when it is first read. */
export class Later<T> {
  #work: () => T;
  #known: { readonly value: T } | null = null;

  constructor(work: () => T) {
    this.#work = work;
  }

  get value(): T {
    if (!this.#known) {
      this.#known = { value: this.#work() };
      // What it was worked out from may be forgotten.
      this.#work = DONE;
    }
    return this.#known.value;
  }

  /** Is `work` to the same end? As long as nobody has read it, it will be: `work` takes the place of the old one. */
  isStill(work: () => T): boolean {
    if (this.#known) return this.#known.value === work();
    this.#work = work;
    return true;
  }
}
