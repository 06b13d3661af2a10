import { X } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { IconButton } from "@/ui";
import css from "./Guide.module.css";

const KEY = "treadle.guide";
const STEPS = ["try", "change", "publish"] as const;

/** The three steps of a first visit. Stays hidden in this browser once it was put away. */
export function Guide() {
  const { t } = useTranslation("home");
  const [isHidden, setHidden] = useState(wasHidden);
  if (isHidden) return null;
  const hide = () => {
    setHidden(true);
    try {
      localStorage.setItem(KEY, "hidden");
    } catch {
      // Blocked storage: it comes back with the next visit.
    }
  };
  return (
    <section className={css.guide} aria-labelledby="guide">
      <h2 id="guide">{t("guide.title")}</h2>
      <ol className={css.steps}>
        {STEPS.map((step, position) => (
          <li key={step} className={css.step}>
            <span className={css.number} aria-hidden="true">
              {position + 1}
            </span>
            <div>
              <h3>{t(`guide.${step}`)}</h3>
              <p className={css.text}>{t(`guide.${step}Text`)}</p>
            </div>
          </li>
        ))}
      </ol>
      <div className={css.hide}>
        <IconButton label={t("guide.dismiss")} onClick={hide}>
          <X aria-hidden="true" />
        </IconButton>
      </div>
    </section>
  );
}

function wasHidden(): boolean {
  try {
    return localStorage.getItem(KEY) === "hidden";
  } catch {
    return false;
  }
}
