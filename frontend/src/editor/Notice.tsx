import { Info } from "lucide-react";
import { useEffect } from "react";
import { useEditor, useUi } from "./context";
import css from "./Notice.module.css";

const SHOWN_MS = 5_000;

/** A sentence near the pointer, or at the bottom of the canvas: why something did not happen. RunAnnouncer says it. */
export function Notice() {
  const { ui } = useEditor();
  const notice = useUi((s) => s.notice);
  useEffect(() => {
    if (!notice) return;
    const timer = setTimeout(() => ui.setState({ notice: null }), SHOWN_MS);
    const gone = () => ui.setState({ notice: null });
    document.addEventListener("pointerdown", gone);
    return () => {
      clearTimeout(timer);
      document.removeEventListener("pointerdown", gone);
    };
  }, [notice, ui]);
  if (!notice) return null;
  const { at, text } = notice;
  const style = at
    ? {
        left: Math.min(at.x + 14, window.innerWidth - 320),
        top: Math.min(at.y + 14, window.innerHeight - 80),
      }
    : undefined;
  return (
    <p className={css.notice} data-free={at ? undefined : ""} style={style} aria-hidden="true">
      <Info aria-hidden="true" />
      {text}
    </p>
  );
}
