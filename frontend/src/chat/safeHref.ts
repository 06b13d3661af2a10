/** The address of a link in an answer if it may be opened: the web and e-mail, never scripts or data. */
export function safeHref(href: string | undefined): string | null {
  if (!href) return null;
  try {
    const url = new URL(href);
    return url.protocol === "https:" || url.protocol === "http:" || url.protocol === "mailto:"
      ? url.href
      : null;
  } catch {
    // Relative links would lead into our own pages; an answer has no business there.
    return null;
  }
}
