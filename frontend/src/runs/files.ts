import type { FileAlong, Json } from "@/api/types";

/** Whether a value is a file as steps see it, from its form alone. */
export function isFile(value: Json | undefined): value is Json & FileAlong {
  if (value === null || typeof value !== "object" || Array.isArray(value)) return false;
  const { file_id, name, mime, size, ...rest } = value;
  const texts = [file_id, name, mime].every((one) => typeof one === "string");
  return texts && typeof size === "number" && Object.keys(rest).length === 0;
}
