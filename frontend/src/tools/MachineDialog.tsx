import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { toolSourcesQuery } from "@/api/queries";
import type { MachineServer } from "@/api/types";
import { FaultBanner } from "@/faults/FaultBanner";
import { Button, Dialog, Field, Input, Select, toast } from "@/ui";
import { toolSources } from "./endpoints";
import css from "./tools.module.css";

export interface MachineDialogProps {
  /** The programs that this workspace may connect; there is at least one. */
  servers: MachineServer[];
  onClose: () => void;
}

/** Connects a program that the administrator has set up on the workers' machine. */
export default function MachineDialog({ servers, onClose }: MachineDialogProps) {
  const { t } = useTranslation("tools");
  const queries = useQueryClient();
  const formId = useId();
  const [form, setForm] = useState({ server: servers[0]?.server ?? "", name: servers[0]?.title ?? "" });
  const add = useMutation({
    mutationFn: () => toolSources.addFromMachine(form),
    onSuccess: async ({ name }) => {
      await queries.invalidateQueries({ queryKey: toolSourcesQuery.queryKey });
      toast.done(t("form.added", { name }));
      onClose();
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (form.name.trim() && !add.isPending) add.mutate();
  };
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={t("machine.title")}
      description={t("machine.text")}
      footer={
        <Button look="primary" type="submit" form={formId} busy={add.isPending}>
          {t("form.connect")}
        </Button>
      }
    >
      <form id={formId} className={css.form} onSubmit={submit} noValidate>
        <Field label={t("machine.server")}>
          {(control) => (
            <Select
              {...control}
              value={form.server}
              onChange={(server) =>
                setForm({ server, name: servers.find((one) => one.server === server)?.title ?? "" })
              }
              options={servers.map(({ server, title }) => ({ value: server, label: title }))}
            />
          )}
        </Field>
        <Field label={t("form.name")} error={form.name.trim() === "" ? t("form.missing") : undefined}>
          {(control) => (
            <Input
              {...control}
              value={form.name}
              maxLength={60}
              onChange={({ target }) => setForm({ ...form, name: target.value })}
            />
          )}
        </Field>
        {!add.isPending && <FaultBanner error={add.error} />}
      </form>
    </Dialog>
  );
}
