import clsx from "clsx";
import { Upload } from "lucide-react";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { UploadLimits } from "@/api/types";
import { megabytes } from "@/i18n/size";
import { Button } from "@/ui";
import css from "./Documents.module.css";

const KINDS = ".txt,.md,.markdown,.html,.htm,.pdf,.docx";

/** Where files are dropped, or chosen with a button. */
export function DropZone({
  limits,
  onFiles,
}: {
  limits: UploadLimits;
  onFiles: (files: readonly File[]) => void;
}) {
  const { t, i18n } = useTranslation("knowledge");
  const chooser = useRef<HTMLInputElement>(null);
  // Entering a child comes before leaving its parent, so they are counted.
  const [depth, setDepth] = useState(0);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the button inside does the same without dragging
    <div
      className={clsx(css.drop, depth > 0 && css.over)}
      onDragEnter={(event) => {
        event.preventDefault();
        setDepth((now) => now + 1);
      }}
      onDragLeave={() => setDepth((now) => Math.max(0, now - 1))}
      onDragOver={(event) => event.preventDefault()}
      onDrop={(event) => {
        event.preventDefault();
        setDepth(0);
        const files = filesOf(event.dataTransfer);
        if (files.length > 0) onFiles(files);
      }}
    >
      <Upload className={css.dropIcon} aria-hidden="true" />
      <div className={css.dropWords}>
        <p className={css.dropTitle}>{depth > 0 ? t("drop.now") : t("drop.title")}</p>
        <p className={css.quiet}>{t("drop.text", { size: megabytes(limits.file_bytes, i18n.language) })}</p>
      </div>
      <Button look="primary" onClick={() => chooser.current?.click()}>
        {t("drop.choose")}
      </Button>
      <input
        ref={chooser}
        type="file"
        multiple
        hidden
        accept={KINDS}
        onChange={({ target }) => {
          const files = [...(target.files ?? [])];
          target.value = "";
          if (files.length > 0) onFiles(files);
        }}
      />
    </div>
  );
}

/** The files among what was dropped; a folder is none. */
function filesOf(dropped: DataTransfer): File[] {
  return [...dropped.items].flatMap((item) => {
    const file = item.webkitGetAsEntry()?.isDirectory ? null : item.getAsFile();
    return file ? [file] : [];
  });
}
