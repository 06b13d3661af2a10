import clsx from "clsx";
import type { ComponentProps } from "react";
import css from "./Input.module.css";

export type InputProps = ComponentProps<"input">;

export function Input({ className, type = "text", ...rest }: InputProps) {
  return <input type={type} className={clsx(css.control, className)} {...rest} />;
}

export interface TextareaProps extends ComponentProps<"textarea"> {
  /** Grows with its text, up to the max-height its class gives. */
  grows?: boolean;
}

export function Textarea({ className, grows = false, rows = 3, ...rest }: TextareaProps) {
  return (
    <textarea rows={rows} className={clsx(css.control, css.area, grows && css.grows, className)} {...rest} />
  );
}
