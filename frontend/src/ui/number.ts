interface Range {
  min?: number;
  max?: number;
}

/** The number a person typed, null for nothing, undefined for what is no number or out of range. */
export function numberOfText(text: string, { min, max }: Range = {}): number | null | undefined {
  const plain = text.trim().replace(",", ".");
  if (plain === "") return null;
  const value = Number(plain);
  if (!Number.isFinite(value)) return undefined;
  if ((min !== undefined && value < min) || (max !== undefined && value > max)) return undefined;
  return value;
}

/** One step up or down, kept in range and free of floating-point dust (0.1 + 0.2 is 0.3). */
export function stepped(
  value: number | null,
  by: number,
  { min, max, step = 1 }: Range & { step?: number },
): number {
  const digits = (String(step).split(".")[1] ?? "").length;
  const next = Number(((value ?? min ?? 0) + by * step).toFixed(Math.max(digits, 0)));
  return Math.min(max ?? Number.POSITIVE_INFINITY, Math.max(min ?? Number.NEGATIVE_INFINITY, next));
}
