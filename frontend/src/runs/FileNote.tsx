import { Download } from "lucide-react";
import { useContext } from "react";
import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import { runs } from "@/api/endpoints";
import type { FileAlong } from "@/api/types";
import { sizeOf } from "@/i18n/size";
import { Button } from "@/ui";
import { RunContext, type RunReader } from "./runStore";
import css from "./ValueCard.module.css";

/** A file that a step was given or made: its name and size, and where a run is looked at, a way to have it. */
export function FileNote({ file }: { file: FileAlong }) {
  const { i18n } = useTranslation("runs");
  const store = useContext(RunContext);
  return (
    <span className={css.file}>
      <span className={css.text}>{file.name}</span>
      <span className={css.nothing}>{sizeOf(file.size, i18n.language)}</span>
      {store && <Link file={file} store={store} />}
    </span>
  );
}

function Link({ file, store }: { file: FileAlong; store: RunReader }) {
  const { t } = useTranslation("runs");
  const run = useStore(store, (view) => view.runId);
  if (!run) return null;
  return (
    <Button look="quiet" size="s" icon={<Download />} asChild>
      <a
        href={runs.file(run, file.file_id)}
        download={file.name}
        aria-label={t("value.downloadFile", { name: file.name })}
      >
        {t("value.download")}
      </a>
    </Button>
  );
}
