import type { NewLocalModel } from "@/api/types";

/** A model file that a person names: by its path on the server, or by an address and its fingerprint. */
export interface FileForm {
  where: "path" | "url";
  title: string;
  path: string;
  url: string;
  sha256: string;
}

export const emptyFile: FileForm = { where: "path", title: "", path: "", url: "", sha256: "" };

export type FileFault = "missing" | "badPath" | "badUrl" | "badSha256";

export function faultsOfFile(form: FileForm): Partial<Record<keyof FileForm, FileFault>> {
  const faults: Partial<Record<keyof FileForm, FileFault>> = {};
  if (!form.title.trim()) faults.title = "missing";
  if (form.where === "path") {
    if (!form.path.trim()) faults.path = "missing";
    else if (!form.path.trim().startsWith("/")) faults.path = "badPath";
    return faults;
  }
  if (!form.url.trim()) faults.url = "missing";
  else if (!/^https:\/\/./.test(form.url.trim())) faults.url = "badUrl";
  if (!form.sha256.trim()) faults.sha256 = "missing";
  else if (!/^[0-9a-f]{64}$/i.test(form.sha256.trim())) faults.sha256 = "badSha256";
  return faults;
}

export function fileBody({ where, title, path, url, sha256 }: FileForm): NewLocalModel {
  const name = { title: title.trim() };
  return where === "path"
    ? { ...name, path: path.trim(), url: "", sha256: "" }
    : { ...name, path: "", url: url.trim(), sha256: sha256.trim().toLowerCase() };
}
