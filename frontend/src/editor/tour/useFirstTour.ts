import { useEffect } from "react";
import { useLocation } from "react-router";
import { useMay } from "@/api/may";
import { useEditor } from "../context";
import { rememberShown, wasShown } from "./seen";

/** Shows who has made their first app around, once, as soon as nothing else wants their attention. */
export function useFirstTour(): void {
  const { ui } = useEditor();
  const mayEdit = useMay().edit;
  const isNew = useLocation().state?.isNew === true;
  useEffect(() => {
    if (!mayEdit || !isNew || wasShown()) return;
    const begin = () => {
      rememberShown();
      ui.setState({ tour: 0, tab: "steps" });
    };
    // The questions that make the app one's own come first; their sheet may still be loading.
    return whenFree(begin, () => ui.getState().isSetUpOpen);
  }, [ui, mayEdit, isNew]);
}

const A_MOMENT = 600;
const WORK = ["pointerdown", "keydown"] as const;

const isDialogOpen = () => document.querySelector("[role=dialog], [role=alertdialog], dialog[open]") !== null;

/**
 * Once no dialog is open or `isComing`, and none has opened a moment later. Not at all for who is at work by then:
 * nobody is interrupted. Returns what calls it off.
 */
export function whenFree(begin: () => void, isComing: () => boolean = () => false): () => void {
  const isBusy = () => isComing() || isDialogOpen();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const look = () => {
    clearTimeout(timer);
    if (!isBusy()) timer = setTimeout(go, A_MOMENT);
  };
  const atWork = () => {
    if (!isBusy()) stop();
  };
  // Dialogs are put at the end of the page.
  const watching = new MutationObserver(look);
  const stop = () => {
    clearTimeout(timer);
    watching.disconnect();
    for (const kind of WORK) document.removeEventListener(kind, atWork, true);
  };
  const go = () => {
    stop();
    begin();
  };
  watching.observe(document.body, { childList: true });
  for (const kind of WORK) document.addEventListener(kind, atWork, true);
  look();
  return stop;
}
