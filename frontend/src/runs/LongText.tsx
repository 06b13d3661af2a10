import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/ui";

export interface LongTextProps {
  text: string;
  /** How many characters stand there at first. */
  longest: number;
  /** More of it can be had here, piece by piece. */
  canShowMore?: boolean;
}

/** As much as is drawn at a time, so that the page can still be scrolled. */
const PIECE = 200_000;

/** A text of which the rest is drawn when it is asked for. */
export function LongText({ text, longest, canShowMore = true }: LongTextProps) {
  const { t } = useTranslation("runs");
  const [more, setMore] = useState(0);
  if (text.length <= longest + more) return <>{text}</>;
  return (
    <>
      {`${text.slice(0, longest + more)}… `}
      {canShowMore && (
        <Button look="quiet" size="s" onClick={() => setMore(more + PIECE)}>
          {t("value.showMore")}
        </Button>
      )}
    </>
  );
}
