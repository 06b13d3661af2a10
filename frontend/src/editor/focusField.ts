/** Gives the focus to a field's control ("" for the form's first), opening what hides it. Waits for lazy editors. */
export async function focusField(form: HTMLElement | null, id: string): Promise<void> {
  const CONTROLS = "input, textarea, button, [contenteditable=true], [role=combobox]";
  for (let tries = 0; form && tries < 40; tries++) {
    const found = id ? document.getElementById(id) : form.querySelector<HTMLElement>(CONTROLS);
    const control = found?.matches(CONTROLS) ? found : (found?.querySelector<HTMLElement>(CONTROLS) ?? found);
    if (control) {
      const hidden = control.closest("details");
      if (hidden) hidden.open = true;
      control.scrollIntoView({ block: "center" });
      control.focus();
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
