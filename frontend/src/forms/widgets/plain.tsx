/** The widgets that are one control of `@/ui`. */

import { useTranslation } from "react-i18next";
import type { ModelKind } from "@/api/types";
import { Input, NumberField, Select, Switch, Textarea } from "@/ui";
import { useFormWorld } from "../info";
import { hints, optionsOf, textOf, typeOf } from "../schema";
import type { Widget, WidgetProps } from "./widget";
import css from "./widgets.module.css";

export function TextWidget({ schema, value, onChange, control }: WidgetProps) {
  return (
    <Input
      {...control}
      value={textOf(value)}
      placeholder={textOf(hints(schema).placeholder)}
      maxLength={typeof schema.maxLength === "number" ? schema.maxLength : undefined}
      onChange={(event) => onChange(event.target.value)}
    />
  );
}

/** A text of several lines. */
export function ParagraphWidget({ schema, value, onChange, control }: WidgetProps) {
  return (
    <Textarea
      {...control}
      rows={2}
      grows
      value={textOf(value)}
      placeholder={textOf(hints(schema).placeholder)}
      maxLength={typeof schema.maxLength === "number" ? schema.maxLength : undefined}
      onChange={(event) => onChange(event.target.value)}
    />
  );
}

export function NumberWidget({ schema, value, onChange, control, isOptional, help }: WidgetProps) {
  const { t } = useTranslation("forms");
  const limit = (key: string) => (typeof schema[key] === "number" ? (schema[key] as number) : undefined);
  const isWhole = typeOf(schema) === "integer";
  const low = limit("minimum") ?? limit("exclusiveMinimum");
  const high = limit("maximum") ?? limit("exclusiveMaximum");
  const isFine = !isWhole && high !== undefined && high <= 10;
  return (
    <NumberField
      {...control}
      value={typeof value === "number" ? value : null}
      min={low}
      max={high}
      step={isFine ? 0.1 : 1}
      // A field whose help says what it means to leave it empty needs no more.
      placeholder={isOptional && !help ? t("asTheModelLikes") : undefined}
      onChange={(next) => onChange(next === null ? undefined : isWhole ? Math.round(next) : next)}
    />
  );
}

export const ToggleWidget: Widget = ({ value, onChange, label, help, control }) => (
  <Switch
    id={control.id}
    checked={value === true}
    onChange={onChange}
    label={label}
    help={help || undefined}
  />
);
ToggleWidget.labelsItself = true;

export function SelectWidget({ schema, value, onChange, control }: WidgetProps) {
  const { t } = useTranslation("forms");
  const options = optionsOf(schema).map((o) => ({ value: o.value, label: o.title }));
  return (
    <Select
      {...control}
      value={textOf(value)}
      onChange={onChange}
      options={options}
      placeholder={t("choose")}
    />
  );
}

/**
 * A model by name; the empty choice follows the workspace's usual one. A step for which the practice model is too
 * small says so under it, and so does one for which there is no usual one.
 */
export function ModelWidget({ schema, value, onChange, control, words }: WidgetProps) {
  const { t } = useTranslation("forms");
  const { t: common } = useTranslation("common");
  const world = useFormWorld();
  const kind = (textOf(hints(schema).kind) || "chat") as ModelKind;
  const usualId = world.usual[kind] ?? "";
  const models = world.models.filter((m) => m.kind === kind);
  const usual = models.find((m) => m.id === usualId);
  const title = (id: string) => {
    const model = models.find((m) => m.id === id);
    return model?.is_practice ? common("practiceModel") : (model?.title ?? id);
  };
  const options = [
    { value: "", label: t("usualModel"), hint: usual ? title(usual.id) : undefined },
    ...models.map((m) => ({ value: m.id, label: title(m.id), hint: m.connection ?? undefined })),
  ];
  const chosen = textOf(value);
  if (chosen && !models.some((m) => m.id === chosen)) {
    options.push({ value: chosen, label: chosen, hint: t("modelGone") });
  }
  const isPractice = models.find((m) => m.id === (chosen || usualId))?.is_practice;
  const note = isPractice
    ? (words?.("practice")?.title ?? textOf(hints(schema).practice))
    : !chosen && !usualId && kind !== "chat" && kind !== "embedding" && t(`noUsual.${kind}`);
  return (
    <>
      <Select {...control} value={chosen} onChange={onChange} options={options} />
      {note && (
        <p className={css.note} role="note">
          {note}
        </p>
      )}
    </>
  );
}
