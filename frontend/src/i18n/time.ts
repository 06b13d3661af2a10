const STEPS: [Intl.RelativeTimeFormatUnit, number][] = [
  ["year", 31_536_000],
  ["month", 2_592_000],
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
];

/** "2 hours ago", "yesterday", "now" in the language given. */
export function ago(iso: string, language: string, now: Date = new Date()): string {
  const seconds = (new Date(iso).getTime() - now.getTime()) / 1000;
  const words = new Intl.RelativeTimeFormat(language === "zh" ? "zh-CN" : language, { numeric: "auto" });
  for (const [unit, size] of STEPS) {
    if (Math.abs(seconds) >= size) return words.format(Math.round(seconds / size), unit);
  }
  return words.format(0, "second");
}

/** "2 December" in the language given. */
export function day(iso: string, language: string): string {
  return new Intl.DateTimeFormat(tag(language), { day: "numeric", month: "long" }).format(new Date(iso));
}

/** "2 Dec 2026, 14:05:09" in the language given. */
export function moment(iso: string, language: string): string {
  return new Intl.DateTimeFormat(tag(language), { dateStyle: "medium", timeStyle: "medium" }).format(
    new Date(iso),
  );
}

/** "14:05", with the day before it where it is not today, in the language given. */
export function clock(iso: string, language: string, now: Date = new Date()): string {
  const at = new Date(iso);
  const isToday = at.toDateString() === now.toDateString();
  return new Intl.DateTimeFormat(tag(language), {
    ...(isToday ? {} : { day: "numeric", month: "short" }),
    hour: "2-digit",
    minute: "2-digit",
  }).format(at);
}

const tag = (language: string) => (language === "zh" ? "zh-CN" : "en-GB");
