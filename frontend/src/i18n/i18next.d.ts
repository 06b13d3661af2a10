import "i18next";
import type audit from "./en/audit.json";
import type chat from "./en/chat.json";
import type common from "./en/common.json";
import type editor from "./en/editor.json";
import type environment from "./en/environment.json";
import type errors from "./en/errors.json";
import type forms from "./en/forms.json";
import type home from "./en/home.json";
import type insights from "./en/insights.json";
import type knowledge from "./en/knowledge.json";
import type mail from "./en/mail.json";
import type members from "./en/members.json";
import type models from "./en/models.json";
import type palette from "./en/palette.json";
import type retention from "./en/retention.json";
import type runs from "./en/runs.json";
import type secrets from "./en/secrets.json";
import type settings from "./en/settings.json";
import type share from "./en/share.json";
import type tools from "./en/tools.json";
import type usage from "./en/usage.json";

declare module "i18next" {
  interface CustomTypeOptions {
    defaultNS: "common";
    resources: {
      audit: typeof audit;
      chat: typeof chat;
      common: typeof common;
      editor: typeof editor;
      environment: typeof environment;
      errors: typeof errors;
      forms: typeof forms;
      home: typeof home;
      insights: typeof insights;
      knowledge: typeof knowledge;
      mail: typeof mail;
      members: typeof members;
      models: typeof models;
      palette: typeof palette;
      retention: typeof retention;
      runs: typeof runs;
      secrets: typeof secrets;
      settings: typeof settings;
      share: typeof share;
      tools: typeof tools;
      usage: typeof usage;
    };
  }
}
