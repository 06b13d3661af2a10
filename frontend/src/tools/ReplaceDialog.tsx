import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { toolSourcesQuery } from "@/api/queries";
import type { ToolSource } from "@/api/types";
import { FaultBanner } from "@/faults/FaultBanner";
import { Button, Dialog, toast } from "@/ui";
import { DescriptionText } from "./DescriptionText";
import { toolSources } from "./endpoints";
import css from "./tools.module.css";

export interface ReplaceDialogProps {
  source: ToolSource;
  onClose: () => void;
}

/** Another text for a description that was pasted. */
export default function ReplaceDialog({ source, onClose }: ReplaceDialogProps) {
  const { t } = useTranslation("tools");
  const queries = useQueryClient();
  const formId = useId();
  const [text, setText] = useState("");
  const [wasSent, setSent] = useState(false);
  const replace = useMutation({
    mutationFn: () => toolSources.replaceDescription(source.id, text),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: toolSourcesQuery.queryKey });
      toast.done(t("form.saved", { name: source.name }));
      onClose();
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setSent(true);
    if (text.trim() !== "" && !replace.isPending) replace.mutate();
  };
  return (
    <Dialog
      open
      size="l"
      onOpenChange={(open) => !open && onClose()}
      title={t("replace.title", { name: source.name })}
      description={t("replace.text")}
      footer={
        <Button look="primary" type="submit" form={formId} busy={replace.isPending}>
          {t("replace.save")}
        </Button>
      }
    >
      <form id={formId} className={css.form} onSubmit={submit} noValidate>
        <DescriptionText
          value={text}
          onChange={setText}
          error={wasSent && text.trim() === "" ? t("form.missing") : undefined}
        />
        {!replace.isPending && <FaultBanner error={replace.error} />}
      </form>
    </Dialog>
  );
}
