import { lazy, Suspense, useEffect, useRef } from "react";
import { useLocation, useNavigate } from "react-router";
import type { Model } from "@/api/types";
import type { UsualModels } from "@/forms/info";
import { setUp } from "../actions";
import { useEditor, useUi } from "../context";

// Most who open an app have set it up before.
const SetUpSheet = lazy(() => import("./SetUpSheet"));

export interface SetUpProps {
  models: readonly Model[];
  usual: UsualModels;
  /** After the last answer, or when somebody would rather not. */
  onDone: () => void;
}

/** Asks once what makes an app that was made just now one's own, and again whenever somebody wants that. */
export function SetUp({ onDone, ...models }: SetUpProps) {
  const editor = useEditor();
  const isOpen = useUi((s) => s.isSetUpOpen);
  const location = useLocation();
  const navigate = useNavigate();
  const isFirst = location.state?.isNew === true && location.state?.wasSetUp !== true;

  const wasAsked = useRef(false);

  useEffect(() => {
    if (!isFirst || wasAsked.current || !setUp.enabled(editor)) return;
    wasAsked.current = true;
    setUp.perform(editor);
  }, [isFirst, editor]);

  const close = () => {
    editor.ui.setState({ isSetUpOpen: false });
    // Nobody is asked again by coming back here or by loading the page anew.
    if (isFirst) void navigate(location, { replace: true, state: { ...location.state, wasSetUp: true } });
    onDone();
  };
  return (
    isOpen && (
      <Suspense fallback={null}>
        <SetUpSheet {...models} onClose={close} />
      </Suspense>
    )
  );
}
