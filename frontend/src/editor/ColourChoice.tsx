import { useTranslation } from "react-i18next";
import type { Colour } from "@/api/types";
import css from "./ColourChoice.module.css";
import { COLOURS, tint } from "./colours";

/** One of the colours of notes and groups, each with its name. */
export function ColourChoice({
  name,
  label,
  value,
  onChange,
}: {
  name: string;
  label: string;
  value: Colour;
  onChange: (colour: Colour) => void;
}) {
  const { t } = useTranslation("editor");
  return (
    <div className={css.colours} role="radiogroup" aria-label={label}>
      {COLOURS.map((colour) => (
        <label key={colour} className={css.colour} style={tint(colour)} title={t(`colours.${colour}`)}>
          <input
            type="radio"
            className="visually-hidden"
            name={name}
            aria-label={t(`colours.${colour}`)}
            checked={colour === value}
            onChange={() => onChange(colour)}
          />
          <span className={css.dot} />
        </label>
      ))}
    </div>
  );
}
