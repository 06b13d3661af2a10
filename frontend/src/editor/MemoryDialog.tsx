import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useMay } from "@/api/may";
import type { Json } from "@/api/types";
import { KindControl } from "@/forms/kinds/KindControl";
import { freeName } from "@/forms/schema";
import { Rows } from "@/forms/widgets/rows";
import { Dialog, Field, Input, Select } from "@/ui";
import { useDraft, useEditor, useUi } from "./context";
import css from "./MemoryDialog.module.css";
import { KINDS, nameFault, type Remembered } from "./memory";

const NOTHING: Remembered[] = [];

/** What the app remembers besides what its steps give: names, kinds, for how long, and what each begins with. */
export function MemoryDialog() {
  const { t } = useTranslation("editor");
  const { ui, store } = useEditor();
  const isOpen = useUi((s) => s.isMemoryOpen);
  const rows = useDraft((s) => s.graph.variables) ?? NOTHING;
  const mayEdit = useMay().edit;
  const change = (variables: Remembered[]) =>
    store.getState().edit((graph) => ({ ...graph, variables }), { merge: "memory" });
  return (
    <Dialog
      open={isOpen}
      onOpenChange={(open) => ui.setState({ isMemoryOpen: open })}
      title={t("memory.title")}
      description={t("memory.text")}
      size="l"
    >
      {rows.length === 0 && <p className={css.empty}>{t("memory.empty")}</p>}
      <fieldset disabled={!mayEdit} className={css.all}>
        <Rows
          framed
          rows={rows}
          onChange={change}
          fresh={() => fresh(t("memory.stem"), rows)}
          add={t("memory.add")}
          remove={(i) => t("memory.remove", { name: rows[i]?.name })}
        >
          {(row, set, i) => <OneRow row={row} rows={rows} at={i} onChange={set} />}
        </Rows>
      </fieldset>
    </Dialog>
  );
}

function fresh(stem: string, rows: readonly Remembered[]): Remembered {
  const name = freeName(
    stem,
    rows.map((row) => row.name),
  );
  return { name, scope: "conversation", type: "text", default: null, title: "" };
}

interface RowProps {
  row: Remembered;
  rows: readonly Remembered[];
  at: number;
  onChange: (row: Remembered) => void;
}

function OneRow({ row, rows, at, onChange }: RowProps) {
  const { t } = useTranslation("editor");
  const [typed, setTyped] = useState<string | null>(null);
  const fault = typed === null ? null : nameFault(typed, row.scope, rows, at);
  const scopes = (["conversation", "run"] as const).map((scope) => ({
    value: scope,
    label: t(`memory.scopes.${scope}`),
    disabled: nameFault(row.name, scope, rows, at) !== null,
  }));
  return (
    <div className={css.row}>
      <Field label={t("memory.name")} error={fault && t(`memory.${fault}`)}>
        {(control) => (
          <Input
            {...control}
            value={typed ?? row.name}
            autoComplete="off"
            spellCheck={false}
            onChange={(event) => {
              const name = event.target.value.replace(/\s+/g, "_");
              setTyped(name);
              if (!nameFault(name, row.scope, rows, at)) onChange({ ...row, name });
            }}
            onBlur={() => setTyped(null)}
          />
        )}
      </Field>
      <Field label={t("memory.kind")}>
        {(control) => (
          <Select
            {...control}
            value={row.type}
            onChange={(type) => onChange({ ...row, type, default: null })}
            options={KINDS.map((kind) => ({ value: kind, label: t(`memory.kinds.${kind}`) }))}
          />
        )}
      </Field>
      <Field label={t("memory.scope")}>
        {(control) => (
          <Select
            {...control}
            value={row.scope}
            onChange={(scope) => onChange({ ...row, scope })}
            options={scopes}
          />
        )}
      </Field>
      <div className={css.value}>
        <Beginning key={row.type} row={row} onChange={(value) => onChange({ ...row, default: value })} />
      </div>
    </div>
  );
}

function Beginning({ row, onChange }: { row: Remembered; onChange: (value: Json) => void }) {
  const { t } = useTranslation("editor");
  const [isMisfit, setMisfit] = useState(false);
  const label = t("memory.value");
  return (
    <Field label={label} error={isMisfit && t("memory.misfit")}>
      {(control) => (
        <KindControl
          control={control}
          label={label}
          kind={row.type}
          value={(row.default ?? null) as Json}
          onChange={onChange}
          onMisfit={setMisfit}
        />
      )}
    </Field>
  );
}
