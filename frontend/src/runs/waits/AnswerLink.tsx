import { Link2 } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import * as api from "@/api/endpoints";
import { FaultBanner } from "@/faults/FaultBanner";
import { moment } from "@/i18n/time";
import { Button, CopyField } from "@/ui";
import css from "./AnswerLink.module.css";

/** Makes a link by which someone without an account answers one question. */
export function AnswerLink({ run, path }: { run: string; path: string }) {
  const { t, i18n } = useTranslation("runs");
  return (
    <MadeAddress
      make={t("ask.link")}
      label={t("ask.linkLabel")}
      get={() => api.runs.answerLink(run, path)}
      help={(until) => t("ask.linkHelp", { until: until ? moment(until, i18n.language) : "" })}
    />
  );
}

/** Shows an editor the address that another service is to call for a step that waits for it. */
export function CallbackAddress({ run, path }: { run: string; path: string }) {
  const { t } = useTranslation("runs");
  return (
    <MadeAddress
      make={t("ask.callback")}
      label={t("ask.callbackLabel")}
      get={() => api.runs.callback(run, path)}
      help={() => t("ask.callbackHelp")}
    />
  );
}

interface MadeAddressProps {
  /** What the button says. */
  make: string;
  label: string;
  get: () => Promise<{ url: string; expires_at: string | null }>;
  help: (until: string | null) => string;
}

/** An address that is fetched when it is asked for: whoever has it may do something with it. */
function MadeAddress({ make: name, label, get, help }: MadeAddressProps) {
  const [link, setLink] = useState<{ url: string; expires_at: string | null } | null>(null);
  const [isBusy, setBusy] = useState(false);
  const [fault, setFault] = useState<unknown>(null);
  const made = useRef<HTMLDivElement>(null);
  // What the address gives away and until when is read before it is passed on, so it comes into view with it.
  useEffect(() => {
    if (link) made.current?.scrollIntoView?.({ block: "nearest" });
  }, [link]);
  const make = async () => {
    setBusy(true);
    setFault(null);
    try {
      setLink(await get());
    } catch (thrown) {
      setFault(thrown);
    } finally {
      setBusy(false);
    }
  };
  return (
    <div className={css.link}>
      {link ? (
        <div ref={made} className={css.made}>
          <CopyField label={label} value={link.url} />
          <p className={css.help}>{help(link.expires_at)}</p>
        </div>
      ) : (
        <Button size="s" icon={<Link2 />} busy={isBusy} onClick={() => void make()}>
          {name}
        </Button>
      )}
      <FaultBanner error={fault} />
    </div>
  );
}
