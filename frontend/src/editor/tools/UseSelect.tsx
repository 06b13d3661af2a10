import { useTranslation } from "react-i18next";
import type { ControlProps } from "@/ui";
import { Select } from "@/ui";
import { type ToolUse, USES } from "./tools";

export interface UseSelectProps extends Partial<ControlProps> {
  use: ToolUse["use"];
  onChange: (use: ToolUse["use"]) => void;
  disabled: boolean;
  className?: string;
  "aria-label"?: string;
}

/** How far an agent may use a tool by itself. */
export function UseSelect({ use, onChange, ...rest }: UseSelectProps) {
  const { t } = useTranslation("editor");
  const options = [
    { value: "", label: t("tools.use.usual"), hint: t("tools.use.usualHelp") },
    ...USES.map((each) => ({
      value: each,
      label: t(`tools.use.${each}`),
      hint: t(`tools.use.${each}Help`),
    })),
  ];
  return (
    <Select
      {...rest}
      value={use ?? ""}
      options={options}
      onChange={(chosen) => onChange(USES.find((each) => each === chosen) ?? null)}
    />
  );
}
