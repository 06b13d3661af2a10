import { useMutation } from "@tanstack/react-query";
import { Send } from "lucide-react";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { mail } from "@/api/endpoints";
import { ApiError } from "@/api/errors";
import { FaultBanner } from "@/faults/FaultBanner";
import { Button, Field, Input, Progress } from "@/ui";
import css from "./retention.module.css";

/** Sends one letter through the mail server, and says what became of it. `address`: whom it goes to at first. */
export function TestLetter({ address }: { address: string }) {
  const { t, i18n } = useTranslation("mail");
  const [to, setTo] = useState(address);
  const test = useMutation({
    mutationFn: () => mail.test({ to, language: i18n.language.startsWith("zh") ? "zh" : "en" }),
  });
  const fault = test.error instanceof ApiError && test.error.field === "to" ? test.error : null;
  const send = (event: FormEvent) => {
    event.preventDefault();
    test.mutate();
  };
  return (
    <form className={css.form} onSubmit={send}>
      <Field label={t("test.to")} error={fault?.message}>
        {(control) => (
          <Input
            {...control}
            type="email"
            required
            value={to}
            onChange={(event) => setTo(event.target.value)}
          />
        )}
      </Field>
      {test.isPending && <Progress label={t("test.sending")} />}
      {!fault && <FaultBanner error={test.error} />}
      <p role="status">{test.isSuccess && t("test.sent", { to: test.data.to })}</p>
      <div>
        <Button type="submit" icon={<Send />} busy={test.isPending} disabled={!to}>
          {t("test.send")}
        </Button>
      </div>
    </form>
  );
}
