import { Check, Copy } from "lucide-react";
import { useEffect, useState } from "react";
import { Button } from "./Button";
import css from "./CopyField.module.css";
import { useUiWords } from "./words";

/** Whether something was just copied, and the function that copies. Goes back to false after a while. */
export function useCopied(text: string): [boolean, () => void] {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), 2500);
    return () => clearTimeout(timer);
  }, [copied]);
  return [copied, () => void copyText(text).then(() => setCopied(true))];
}

async function copyText(text: string): Promise<void> {
  if (navigator.clipboard && window.isSecureContext) return navigator.clipboard.writeText(text);
  // Plain http on a local network has no clipboard API.
  const area = document.createElement("textarea");
  area.value = text;
  area.style.position = "fixed";
  area.style.opacity = "0";
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
}

export interface CopyFieldProps {
  value: string;
  label: string;
  /** Shown over several lines, for code. */
  block?: boolean;
}

/** Text to take away: readable, selectable, with a Copy button. */
export function CopyField({ value, label, block = false }: CopyFieldProps) {
  const words = useUiWords();
  const [copied, copy] = useCopied(value);
  const button = (
    <Button
      size="s"
      onClick={copy}
      icon={copied ? <Check /> : <Copy />}
      aria-label={`${words.copy}: ${label}`}
    >
      <span aria-live="polite">{copied ? words.copied : words.copy}</span>
    </Button>
  );
  if (block) {
    return (
      <figure className={css.block}>
        <figcaption className={css.caption}>
          <span>{label}</span>
          {button}
        </figcaption>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard */}
        <pre className={css.code} tabIndex={0}>
          <code>{value}</code>
        </pre>
      </figure>
    );
  }
  return (
    <div className={css.row}>
      <input
        className={css.value}
        value={value}
        readOnly
        aria-label={label}
        onFocus={(event) => event.target.select()}
      />
      {button}
    </div>
  );
}
