import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { ChatWords } from "./types";

/** The chat's words for the console; the public page has its own and does not load i18next. */
export function useChatWords(): ChatWords {
  const { t } = useTranslation("chat");
  return useMemo(
    () => ({
      thread: t("thread"),
      you: t("you"),
      app: t("app"),
      placeholder: t("placeholder"),
      message: t("message"),
      send: t("send"),
      stop: t("stop"),
      stopped: t("stopped"),
      retry: t("retry"),
      thinking: t("thinking"),
      lookingUp: t("lookingUp"),
      acting: t("acting"),
      withTools: t("withTools"),
      inLineOne: t("inLineOne"),
      inLineMany: t("inLineMany"),
      queued: t("queued"),
      waiting: t("waiting"),
      paused: t("paused"),
      newest: t("newest"),
      suggestions: t("suggestions"),
      details: t("details"),
      tooLong: t("tooLong"),
      noReply: t("noReply"),
      sources: t("sources"),
      source: t("source"),
      sourcePage: t("sourcePage"),
      openSource: t("openSource"),
      filesAlong: t("filesAlong"),
      download: t("download"),
      notLoaded: t("notLoaded"),
      rate: {
        good: t("rate.good"),
        bad: t("rate.bad"),
        why: t("rate.why"),
        send: t("rate.send"),
        skip: t("rate.skip"),
        thanks: t("rate.thanks"),
        failed: t("rate.failed"),
      },
    }),
    [t],
  );
}
