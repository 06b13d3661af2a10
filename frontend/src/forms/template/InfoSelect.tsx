import { ChevronDown } from "lucide-react";
import { type KeyboardEvent, useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { type InfoKind, useFormWorld } from "../info";
import { type Choice, choicesFor } from "./choices";
import { InfoChip } from "./InfoChip";
import { InfoMenu, moved, optionId } from "./InfoMenu";
import css from "./InfoSelect.module.css";
import { writeRef } from "./syntax";

export interface InfoSelectProps {
  value: string;
  label: string;
  onChange: (template: string, kind: InfoKind) => void;
}

/** Exactly one piece of information, chosen from the same menu that texts use. */
export function InfoSelect({ value, label, onChange }: InfoSelectProps) {
  const { t } = useTranslation("forms");
  const { info, lastValue, sharesNothing } = useFormWorld();
  const id = useId();
  const [open, setOpen] = useState<{ left: number; top: number; bottom: number } | null>(null);
  const [active, setActive] = useState(0);
  const choices = choicesFor(info, "", lastValue);

  const choose = ({ step, field }: Choice) => {
    setOpen(null);
    onChange(writeRef(step.node, field.path), field.kind);
  };
  const onKeyDown = (event: KeyboardEvent<HTMLButtonElement>) => {
    if (!open) {
      if (event.key !== "ArrowDown") return;
      event.preventDefault();
      setOpen(event.currentTarget.getBoundingClientRect());
      return;
    }
    const move = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (move) setActive(moved(choices, active, move, sharesNothing));
    else if (event.key === "Enter" || event.key === " ") {
      const choice = choices[active];
      if (choice) choose(choice);
      else document.getElementById(optionId(id, active))?.click();
    } else if (event.key === "Escape") setOpen(null);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  return (
    <>
      <button
        type="button"
        className={css.select}
        role="combobox"
        aria-label={label}
        aria-haspopup="listbox"
        aria-expanded={open !== null}
        aria-controls={open ? id : undefined}
        aria-activedescendant={open ? optionId(id, active) : undefined}
        onClick={(event) => setOpen(open ? null : event.currentTarget.getBoundingClientRect())}
        onKeyDown={onKeyDown}
        onBlur={() => setOpen(null)}
      >
        <span className={css.value}>{value ? <InfoChip raw={value.trim()} /> : t("info.choose")}</span>
        <ChevronDown aria-hidden="true" />
      </button>
      {open && (
        <InfoMenu
          id={id}
          choices={choices}
          active={active}
          at={open}
          onActive={setActive}
          onChoose={choose}
        />
      )}
    </>
  );
}
