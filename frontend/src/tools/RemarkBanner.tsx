import { useTranslation } from "react-i18next";
import type { ToolSource } from "@/api/types";
import { errorWords } from "@/i18n/errorWords";
import { Banner, Disclosure } from "@/ui";

/** What went wrong with a source, or a sign-in at it: in the person's language, and the server's own words on demand. */
export function RemarkBanner({ remark }: { remark: NonNullable<ToolSource["error"]> }) {
  const { t } = useTranslation("common");
  const { message, hint, details } = errorWords(remark);
  return (
    <Banner tone="bad" live title={message}>
      {hint}
      {details && <Disclosure label={t("action.showDetails")}>{details}</Disclosure>}
    </Banner>
  );
}
