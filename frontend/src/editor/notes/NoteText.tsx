import { lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";
import css from "./Note.module.css";

const Markdown = lazy(() => import("@/chat/Markdown"));

/** What a note says, drawn as safely as the answer of a model: no HTML, no pictures, safe links. */
export function NoteText({ text }: { text: string }) {
  const { t } = useTranslation("editor");
  if (text.trim() === "") return <p className={css.empty}>{t("notes.empty")}</p>;
  return (
    <Suspense fallback={<p className={css.plain}>{text}</p>}>
      <Markdown text={text} />
    </Suspense>
  );
}
