import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button, CopyField, Field, Input, Segmented } from "@/ui";
import { type ButtonLook, buttonLine, pageWith, USUAL_LOOK } from "./buttonLine";
import css from "./share.module.css";

/** How the button looks, the line for one's own pages that makes it so, and a page to try it on. */
export function ButtonCode({ slug }: { slug: string }) {
  const { t, i18n } = useTranslation("share");
  const [look, setLook] = useState(USUAL_LOOK);
  const [isTrying, setTrying] = useState(false);
  const line = buttonLine(location.origin, slug, look);
  return (
    <div className={css.form}>
      <fieldset className={css.look}>
        <legend>{t("website.look")}</legend>
        <Segmented
          label={t("website.side")}
          value={look.side}
          onChange={(side: ButtonLook["side"]) => setLook({ ...look, side })}
          options={[
            { value: "right", label: t("website.right") },
            { value: "left", label: t("website.left") },
          ]}
        />
        <Field label={t("website.color")}>
          {(control) => (
            <Input
              {...control}
              className={css.color}
              type="color"
              value={look.color}
              onChange={(event) => setLook({ ...look, color: event.target.value })}
            />
          )}
        </Field>
        <Field label={t("website.label")} optional={t("website.optional")}>
          {(control) => (
            <Input
              {...control}
              maxLength={40}
              value={look.label}
              onChange={(event) => setLook({ ...look, label: event.target.value })}
            />
          )}
        </Field>
      </fieldset>
      <p className={css.quiet}>{t("website.lookHelp")}</p>
      <CopyField block label={t("website.line")} value={line} />
      <p className={css.quiet}>{t("website.inputsHelp")}</p>
      <div>
        <Button aria-expanded={isTrying} onClick={() => setTrying(!isTrying)}>
          {isTrying ? t("website.away") : t("website.try")}
        </Button>
      </div>
      {isTrying && (
        <iframe
          key={line}
          className={css.sample}
          title={t("website.page")}
          srcDoc={pageWith(line, i18n.language)}
        />
      )}
    </div>
  );
}
