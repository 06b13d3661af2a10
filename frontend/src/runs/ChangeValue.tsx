import { useTranslation } from "react-i18next";
import type { Json } from "@/api/types";
import type { Changing } from "./remembered";
import { ValueCard } from "./ValueCard";

const plain = (field: string) => field;

/** A remembered value as a person reads it. */
export const RememberedValue = ({ value }: { value: Json }) => (
  <ValueCard bare value={value} titleOf={plain} />
);

/** What a change came to: the new value, or for a list what was added or taken away and how long it is now. */
export function ChangeValue({ change }: { change: Pick<Changing, "value" | "length" | "operator"> }) {
  const { t } = useTranslation("runs");
  const { operator, value, length } = change;
  const isPart =
    operator === "append" ||
    operator === "extend" ||
    operator === "remove_first" ||
    operator === "remove_last";
  if (!isPart) return <RememberedValue value={value} />;
  return (
    <>
      {t(`remembered.did.${operator}`)} <RememberedValue value={value} />
      {length !== null && <small>{t("remembered.items", { count: length })}</small>}
    </>
  );
}
