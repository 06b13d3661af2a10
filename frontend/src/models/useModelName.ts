import { useTranslation } from "react-i18next";
import type { Model } from "@/api/types";

/** What a model is called on screen, by its id; where two have one title, with their connection. */
export function useModelName(models: readonly Model[]): (id: string) => string {
  const { t } = useTranslation("common");
  return (id) => {
    const model = models.find((each) => each.id === id);
    if (!model) return id;
    if (model.is_practice) return t("practiceModel");
    const isAlone = models.filter(({ title }) => title === model.title).length === 1;
    return isAlone || !model.connection ? model.title : `${model.title} (${model.connection})`;
  };
}
