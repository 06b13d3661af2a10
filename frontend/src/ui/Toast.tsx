import { Toaster as Sonner, toast as sonner } from "sonner";
import css from "./Toast.module.css";
import { useUiWords } from "./words";

/** Where toasts appear; once, in the shell. A toast confirms; an error also shows where it belongs. */
export function Toaster() {
  const words = useUiWords();
  return (
    <Sonner
      position="bottom-center"
      containerAriaLabel={words.notifications}
      toastOptions={{
        unstyled: true,
        classNames: { toast: css.toast, error: css.error, actionButton: css.action },
      }}
    />
  );
}

export const toast = {
  done: (text: string, action?: { label: string; onClick: () => void }) => sonner.success(text, { action }),
  failed: (text: string, hint?: string) => sonner.error([text, hint].filter(Boolean).join(" ")),
};
