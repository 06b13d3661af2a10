import css from "./Suggestions.module.css";

export interface SuggestionsProps {
  label: string;
  suggestions: string[];
  onChoose: (text: string) => void;
}

/** Questions that can be asked with one press. */
export function Suggestions({ label, suggestions, onChoose }: SuggestionsProps) {
  return (
    <ul className={css.list} aria-label={label}>
      {suggestions.map((text) => (
        <li key={text}>
          <button type="button" className={css.chip} onClick={() => onChoose(text)}>
            {text}
          </button>
        </li>
      ))}
    </ul>
  );
}
