import { type FormEvent, useId, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Colour } from "@/api/types";
import { GROUPS_OF_STEPS, stepGroupsOf } from "@/flow-kit/beside";
import { Button, Dialog, Field, Input } from "@/ui";
import { ColourChoice } from "../ColourChoice";
import { useEditor } from "../context";
import css from "./GroupDialog.module.css";
import { changeGroup, dissolveGroup, groupSteps } from "./stepGroups";

/** Asks what a group is called and which colour it has; `group` is null for a new one of the selected steps. */
export default function GroupDialog({ group }: { group: string | null }) {
  const { t } = useTranslation("editor");
  const { store, ui } = useEditor();
  const form = useId();
  const [found] = useState(() => stepGroupsOf(store.getState().graph).find(({ id }) => id === group));
  const [title, setTitle] = useState(found?.title ?? "");
  const [colour, setColour] = useState<Colour>(found?.colour ?? "blue");
  const close = () => ui.setState({ grouping: null });
  const save = (event: FormEvent) => {
    event.preventDefault();
    const look = { title: title.trim(), colour };
    const { selection, edit } = store.getState();
    edit((g) => (found ? changeGroup(g, found.id, look) : groupSteps(g, selection, look)));
    close();
  };
  return (
    <Dialog
      open
      onOpenChange={close}
      title={found ? t("stepGroups.change") : t("stepGroups.new")}
      description={t("stepGroups.text")}
      focuses="input[maxlength]"
      footer={
        <>
          {found && (
            <Button
              onClick={() => {
                store.getState().edit((g) => dissolveGroup(g, found.id));
                close();
              }}
            >
              {t("stepGroups.dissolve")}
            </Button>
          )}
          <Button look="primary" type="submit" form={form}>
            {found ? t("stepGroups.save") : t("stepGroups.make")}
          </Button>
        </>
      }
    >
      <form id={form} className={css.form} onSubmit={save}>
        <Field label={t("stepGroups.title")}>
          {(control) => (
            <Input
              {...control}
              value={title}
              maxLength={GROUPS_OF_STEPS.longest}
              placeholder={t("stepGroups.example")}
              onChange={(event) => setTitle(event.target.value)}
            />
          )}
        </Field>
        <ColourChoice
          name="group-colour"
          label={t("stepGroups.colour")}
          value={colour}
          onChange={setColour}
        />
      </form>
    </Dialog>
  );
}
