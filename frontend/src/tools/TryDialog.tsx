import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useId, useState } from "react";
import { useTranslation } from "react-i18next";
import type { JsonObject, SourceTool, ToolSource } from "@/api/types";
import { FaultBanner } from "@/faults/FaultBanner";
import { takenBy } from "@/forms/tools/taken";
import { Banner, Button, Dialog, Field, Textarea } from "@/ui";
import { toolSources } from "./endpoints";
import { givenBy, says } from "./given";
import css from "./tools.module.css";

export interface TryDialogProps {
  source: ToolSource;
  tool: SourceTool;
  onClose: () => void;
}

/** Calls a tool once, with what is filled in, and shows what it gave. */
export function TryDialog({ source, tool, onClose }: TryDialogProps) {
  const { t } = useTranslation("tools");
  const form = useId();
  const taken = takenBy(tool.input_schema);
  const [texts, setTexts] = useState<Record<string, string>>({});
  const [wasSent, setSent] = useState(false);
  const { given, broken } = givenBy(taken, texts);
  const missing = taken.filter((one) => one.isRequired && !texts[one.name]).map((one) => one.name);
  const call = useMutation({
    mutationFn: (all: JsonObject) => toolSources.try(source.id, tool.id, all),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setSent(true);
    if (broken.length === 0 && missing.length === 0 && !call.isPending) call.mutate(given);
  };
  const faultOf = (name: string) => {
    if (!wasSent) return undefined;
    if (missing.includes(name)) return t("form.missing");
    return broken.includes(name) ? t("try.bad") : undefined;
  };
  return (
    <Dialog
      open
      size="l"
      onOpenChange={(open) => !open && onClose()}
      title={t("try.title", { name: tool.title || tool.name })}
      description={t("try.text")}
      footer={
        <Button look="primary" type="submit" form={form} busy={call.isPending}>
          {t("try.run")}
        </Button>
      }
    >
      <form id={form} className={css.form} onSubmit={submit} noValidate>
        {tool.effect === "write" && <Banner tone="warn">{t("try.writes")}</Banner>}
        {taken.map((one) => (
          <Field
            key={one.name}
            label={one.name}
            help={[one.text, one.options.join(" · ")].filter(Boolean).join(" ") || undefined}
            error={faultOf(one.name)}
          >
            {(control) => (
              <Textarea
                {...control}
                rows={one.kind === "object" ? 4 : 1}
                grows
                value={texts[one.name] ?? ""}
                onChange={({ target }) => setTexts({ ...texts, [one.name]: target.value })}
              />
            )}
          </Field>
        ))}
        {!call.isPending && <FaultBanner error={call.error} />}
      </form>
      {call.data && (
        <section aria-live="polite" className={css.form}>
          <h3>{t("try.result")}</h3>
          {!call.data.text && call.data.data === null && <p>{t("try.nothing")}</p>}
          {call.data.text && !says(call.data.text, call.data.data) && (
            <p className={css.said}>{call.data.text}</p>
          )}
          {call.data.data !== null && (
            <pre className={css.schema}>{JSON.stringify(call.data.data, null, 2)}</pre>
          )}
          {call.data.files.length > 0 && (
            <p>
              {t("try.files")}: {call.data.files.map((file) => String(file.name)).join(", ")}
            </p>
          )}
        </section>
      )}
    </Dialog>
  );
}
