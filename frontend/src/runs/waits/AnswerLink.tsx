import { Link2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import * as api from "@/api/endpoints";
import { FaultBanner } from "@/faults/FaultBanner";
import { moment } from "@/i18n/time";
import { Button, CopyField } from "@/ui";
import css from "./AnswerLink.module.css";

/** Makes a link by which someone without an account answers one question. */
export function AnswerLink({ run, path }: { run: string; path: string }) {
  const { t, i18n } = useTranslation("runs");
  const [link, setLink] = useState<{ url: string; expires_at: string } | null>(null);
  const [isBusy, setBusy] = useState(false);
  const [fault, setFault] = useState<unknown>(null);
  const make = async () => {
    setBusy(true);
    setFault(null);
    try {
      setLink(await api.runs.answerLink(run, path));
    } catch (thrown) {
      setFault(thrown);
    } finally {
      setBusy(false);
    }
  };
  return (
    <div className={css.link}>
      {link ? (
        <>
          <CopyField label={t("ask.linkLabel")} value={link.url} />
          <p className={css.help}>{t("ask.linkHelp", { until: moment(link.expires_at, i18n.language) })}</p>
        </>
      ) : (
        <Button size="s" icon={<Link2 />} busy={isBusy} onClick={() => void make()}>
          {t("ask.link")}
        </Button>
      )}
      <FaultBanner error={fault} />
    </div>
  );
}
