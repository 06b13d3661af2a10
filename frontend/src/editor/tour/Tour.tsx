import { X } from "lucide-react";
import { useEffect, useId, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button, IconButton, Popover, PopoverAnchor, PopoverContent } from "@/ui";
import { useEditor } from "../context";
import { marksHere, placeOf } from "./marks";
import css from "./Tour.module.css";

/**
 * A few words beside each of the things one begins with. It takes the focus, so that it is read aloud and Enter goes
 * on; Escape, or a press on anything else, ends it, and what was pressed does what it always does.
 */
export default function Tour({ at }: { at: number }) {
  const { t } = useTranslation("editor");
  const { ui } = useEditor();
  const id = useId();
  const [marks] = useState(marksHere);
  const before = useRef(document.activeElement);
  const next = useRef<HTMLButtonElement>(null);
  const mark = marks[at];
  const box = useBox(mark?.at ?? "");
  const isLast = at === marks.length - 1;
  const end = () => ui.setState({ tour: null });

  // biome-ignore lint/correctness/useExhaustiveDependencies: with each mark anew
  useEffect(() => next.current?.focus({ preventScroll: true }), [at, box === null]);
  useEffect(() => {
    if (!mark) ui.setState({ tour: null });
  }, [mark, ui]);

  if (!mark || !box) return null;
  const { left, top, width, height } = box;
  return (
    <Popover open onOpenChange={(open) => !open && end()}>
      <PopoverAnchor asChild>
        <span className={css.ring} style={{ left, top, width, height }} aria-hidden="true" />
      </PopoverAnchor>
      <PopoverContent
        className={css.mark}
        side={mark.side}
        sideOffset={14}
        aria-labelledby={`${id}-title`}
        aria-describedby={`${id}-text`}
        onOpenAutoFocus={(event) => {
          event.preventDefault();
          next.current?.focus({ preventScroll: true });
        }}
        onCloseAutoFocus={(event) => {
          event.preventDefault();
          const isLost = document.activeElement === document.body;
          if (isLost && before.current instanceof HTMLElement) before.current.focus({ preventScroll: true });
        }}
      >
        <div className={css.head}>
          <h2 className={css.title} id={`${id}-title`}>
            {t(`tour.${mark.name}.title`)}
          </h2>
          <IconButton label={t("tour.end")} onClick={end}>
            <X aria-hidden="true" />
          </IconButton>
        </div>
        <p id={`${id}-text`}>{t(`tour.${mark.name}.text`)}</p>
        <div className={css.foot}>
          <span className={css.count}>{t("tour.count", { number: at + 1, count: marks.length })}</span>
          <Button
            ref={next}
            size="s"
            look="primary"
            onClick={() => (isLast ? end() : ui.setState({ tour: at + 1 }))}
          >
            {isLast ? t("tour.done") : t("tour.next")}
          </Button>
        </div>
      </PopoverContent>
    </Popover>
  );
}

/** Where something is, also after the window or the drawing has moved under it. */
function useBox(selector: string): DOMRect | null {
  const [box, setBox] = useState<DOMRect | null>(null);
  useEffect(() => {
    let frame = 0;
    const look = () => {
      const now = selector ? placeOf(selector) : null;
      setBox((last) => (same(last, now) ? last : now));
      frame = requestAnimationFrame(look);
    };
    look();
    return () => cancelAnimationFrame(frame);
  }, [selector]);
  return box;
}

const same = (a: DOMRect | null, b: DOMRect | null): boolean =>
  a === b ||
  (a !== null && b !== null && a.x === b.x && a.y === b.y && a.width === b.width && a.height === b.height);
