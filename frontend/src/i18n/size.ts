const STEPS: [string, number][] = [
  ["gigabyte", 1024 ** 3],
  ["megabyte", 1024 ** 2],
  ["kilobyte", 1024],
];

/** "1.2 MB", "340 kB", "0.1 kB" in the language given. */
export function sizeOf(bytes: number, language: string): string {
  const [unit, size] = STEPS.find(([, size]) => bytes >= size) ?? ["kilobyte", 1024];
  return inUnit(Math.max(bytes / size, 0.1), unit, language);
}

/** A limit, always in megabytes: "50 MB". */
export const megabytes = (bytes: number, language: string): string =>
  inUnit(bytes / 1024 ** 2, "megabyte", language);

function inUnit(value: number, unit: string, language: string): string {
  const maximumFractionDigits = value < 10 ? 1 : 0;
  return new Intl.NumberFormat(language === "zh" ? "zh-CN" : language, {
    style: "unit",
    unit,
    unitDisplay: "short",
    maximumFractionDigits,
  }).format(value);
}
