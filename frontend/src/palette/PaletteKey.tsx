import { lazy, Suspense, useEffect, useState } from "react";

const Palette = lazy(() => import("./Palette"));

/** Ctrl+K, on a Mac ⌘K, opens the search for whatever one may want to go to or do. */
export function PaletteKey() {
  const [isOpen, setOpen] = useState(false);
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      const isAsked = event.key === "k" && (event.ctrlKey || event.metaKey);
      // A dialog is answered first.
      if (!isAsked || document.querySelector("[role=dialog]")) return;
      event.preventDefault();
      setOpen(true);
    };
    document.addEventListener("keydown", onKeyDown);
    return () => document.removeEventListener("keydown", onKeyDown);
  }, []);
  return (
    isOpen && (
      <Suspense>
        <Palette onClose={() => setOpen(false)} />
      </Suspense>
    )
  );
}
