import { FileUp, X } from "lucide-react";
import { useTranslation } from "react-i18next";
import { errorWords } from "@/i18n/errorWords";
import { Button, IconButton, Progress } from "@/ui";
import css from "./Documents.module.css";
import { StateBadge } from "./StateBadge";
import { type Upload, useUploads } from "./uploads";

/** A file being sent, or that could not be. */
export function UploadRow({ upload }: { upload: Upload }) {
  const { t } = useTranslation("knowledge");
  const remove = useUploads((state) => state.remove);
  const { id, name, state, sent, error } = upload;
  const words = error && errorWords(error);
  return (
    <article className={css.row}>
      <FileUp className={css.icon} aria-hidden="true" />
      <div className={css.words}>
        <h3 className={css.name}>{name}</h3>
        {state === "sending" && (
          <Progress
            label={sent < 1 ? t("upload.sending", { percent: Math.round(sent * 100) }) : t("upload.storing")}
            value={sent}
          />
        )}
        {state === "waiting" && <p className={css.quiet}>{t("upload.waiting")}</p>}
        {words && (
          <div role="alert" className={css.why}>
            <StateBadge state="failed">{t("upload.failed")}</StateBadge>
            <p>
              {words.message} {words.hint}
            </p>
          </div>
        )}
      </div>
      {state === "failed" ? (
        <IconButton label={t("upload.dismiss", { name })} onClick={() => remove(id)}>
          <X />
        </IconButton>
      ) : (
        <Button size="s" aria-label={t("upload.cancelNamed", { name })} onClick={() => remove(id)}>
          {t("upload.cancel")}
        </Button>
      )}
    </article>
  );
}
