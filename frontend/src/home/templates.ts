import type { ModelsPage, Template } from "@/api/types";
import { languageOf } from "@/i18n/language";

/** Is the practice model, which answers here until another is connected, not enough for a template? */
export function needsModel(
  template: Pick<Template, "needs_model">,
  page: Pick<ModelsPage, "models" | "default"> | undefined,
  language: string,
): boolean {
  const usual = page?.models.find((model) => model.id === page.default);
  return usual?.is_practice === true && template.needs_model.includes(languageOf(language) ?? "en");
}

/** The templates that have all the words of a query in what they say of themselves, in either language. */
export function foundIn(templates: readonly Template[], query: string): Template[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  return templates.filter(({ title, summary, suggestions }) => {
    const said = [title, summary, suggestions]
      .flatMap(({ en, zh }) => [en, zh])
      .flat()
      .join("\n")
      .toLowerCase();
    return words.every((word) => said.includes(word));
  });
}

export type TemplateGroup = Template["group"];

/** In the order in which they are shown. */
const GROUPS: readonly TemplateGroup[] = ["customers", "team", "texts", "agents", "basics"];

/** The templates by what they are for; groups without any are left out. */
export function byGroup(
  templates: readonly Template[],
): { group: TemplateGroup; templates: readonly Template[] }[] {
  return GROUPS.map((group) => ({ group, templates: templates.filter((one) => one.group === group) })).filter(
    (one) => one.templates.length > 0,
  );
}
