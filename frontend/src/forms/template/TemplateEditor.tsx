import { LexicalComposer } from "@lexical/react/LexicalComposer";
import { ContentEditable } from "@lexical/react/LexicalContentEditable";
import { LexicalErrorBoundary } from "@lexical/react/LexicalErrorBoundary";
import { HistoryPlugin } from "@lexical/react/LexicalHistoryPlugin";
import { PlainTextPlugin } from "@lexical/react/LexicalPlainTextPlugin";
import clsx from "clsx";
import { Plus } from "lucide-react";
import { useId, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useFormWorld } from "../info";
import type { TemplateFieldProps } from "../widgets/TemplateWidget";
import { CaretPlugin } from "./CaretPlugin";
import { $writeTemplate } from "./content";
import { InfoNode } from "./InfoNode";
import { InfoPlugin, type InfoPluginHandle } from "./InfoPlugin";
import css from "./TemplateEditor.module.css";
import { SingleLinePlugin, ValuePlugin } from "./ValuePlugin";

/** A plain-text editor in which `{{ … }}` are chips. Text in, text out; the editor's own state stays in here. */
export default function TemplateEditor({
  id,
  label,
  value,
  onChange,
  placeholder,
  singleLine = false,
  describedBy,
  isInvalid,
  withButton = false,
}: TemplateFieldProps) {
  const { t } = useTranslation("forms");
  const { isReadOnly = false } = useFormWorld();
  const menuId = useId();
  const info = useRef<InfoPluginHandle>(null);
  const [menu, setMenu] = useState<{ active: string | undefined } | null>(null);
  const hint = isReadOnly ? "" : placeholder || t("template.placeholder");
  return (
    <div className={clsx(css.frame, singleLine && css.single)} data-invalid={isInvalid || undefined}>
      <LexicalComposer
        initialConfig={{
          namespace: "treadle-template",
          nodes: [InfoNode],
          editable: !isReadOnly,
          editorState: () => $writeTemplate(value),
          onError: (error) => {
            throw error;
          },
        }}
      >
        <PlainTextPlugin
          contentEditable={
            <ContentEditable
              id={id}
              className={css.text}
              aria-label={label}
              ariaDescribedBy={describedBy}
              ariaInvalid={isInvalid}
              ariaMultiline={!singleLine}
              ariaAutoComplete="list"
              ariaControls={menu ? menuId : undefined}
              ariaActiveDescendant={menu?.active}
              spellCheck
              aria-placeholder={hint}
              placeholder={<div className={css.placeholder}>{hint}</div>}
            />
          }
          ErrorBoundary={LexicalErrorBoundary}
        />
        <HistoryPlugin />
        <ValuePlugin value={value} onChange={onChange} />
        <CaretPlugin />
        {singleLine && <SingleLinePlugin />}
        <InfoPlugin ref={info} menuId={menuId} onMenu={setMenu} />
      </LexicalComposer>
      {withButton && (
        <div className={css.foot}>
          <button type="button" className={css.insert} onClick={() => info.current?.open()}>
            <Plus aria-hidden="true" />
            {t("info.insert")}
          </button>
        </div>
      )}
    </div>
  );
}
