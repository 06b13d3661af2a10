import { useTranslation } from "react-i18next";
import { useMay } from "@/api/may";
import { Button, Dialog } from "@/ui";
import { ACTIONS, setUp, tour } from "./actions";
import { printed } from "./actions/keys";
import { useEditor, useUi } from "./context";
import css from "./HelpDialog.module.css";

/** All shortcuts, drawn from the commands themselves. */
export function HelpDialog() {
  const { t } = useTranslation("editor");
  const editor = useEditor();
  const { ui } = editor;
  const mayEdit = useMay().edit;
  const isOpen = useUi((s) => s.isHelpOpen);
  const rows = [
    ...ACTIONS.filter((a) => a.keys.length > 0).map((a) => ({
      label: t(`actions.${a.label}`),
      keys: a.keys.slice(0, 2).map((k) => printed(k)),
    })),
    { label: t("help.follow"), keys: ["← →"] },
    { label: t("help.siblings"), keys: ["↑ ↓"] },
    { label: t("help.move"), keys: [printed("alt+← ↑ ↓ →")] },
    { label: t("help.regions"), keys: ["F6"] },
    { label: t("help.copyPaste"), keys: [printed("mod+c"), printed("mod+x"), printed("mod+v")] },
    { label: t("help.selectSeveral"), keys: ["Shift"] },
    { label: t("help.find"), keys: [printed("mod+k")] },
  ];
  return (
    <Dialog
      open={isOpen}
      onOpenChange={(open) => ui.setState({ isHelpOpen: open })}
      title={t("help.title")}
      description={t("help.text")}
      footer={
        isOpen &&
        mayEdit && (
          <>
            <Button
              onClick={() => {
                ui.setState({ isHelpOpen: false });
                // After the dialog has given back the focus, which it does a moment after it has gone.
                setTimeout(() => tour.perform(editor), 50);
              }}
            >
              {t("actions.tour")}
            </Button>
            {setUp.enabled(editor) && (
              <Button onClick={() => setUp.perform(editor)}>{t("actions.setUp")}</Button>
            )}
          </>
        )
      }
    >
      <dl className={css.keys}>
        {rows.map((row) => (
          <div key={row.label} className={css.row}>
            <dt>{row.label}</dt>
            <dd>
              {row.keys.map((key) => (
                <kbd key={key} className={css.key}>
                  {key}
                </kbd>
              ))}
            </dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
