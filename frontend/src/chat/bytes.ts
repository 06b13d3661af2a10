/** "340 kB", "1.2 MB": the same in every language that the page speaks. */
export function bytesOf(size: number): string {
  if (size < 1_000) return `${size} B`;
  const [value, unit] = size < 999_500 ? [size / 1_000, "kB"] : [size / 1_000_000, "MB"];
  return `${value < 9.95 ? value.toFixed(1).replace(/\.0$/, "") : Math.round(value)} ${unit}`;
}
