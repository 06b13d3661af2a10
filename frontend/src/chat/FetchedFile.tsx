import { useState } from "react";
import { FileFace } from "./FileFace";
import css from "./FilesAlong.module.css";
import type { ChatFile, ChatWords } from "./types";
import { type Load, useFetched } from "./useFetched";

export interface FetchedFileProps {
  file: ChatFile;
  label: string;
  words: Pick<ChatWords, "notLoaded">;
  /** Fetched at once, to be looked at. */
  isShown: boolean;
  /** Stable. */
  load: Load;
}

/** A file that has no address of its own: fetched by the page, and saved when somebody presses it. */
export function FetchedFile({ file, label, words, isShown, load }: FetchedFileProps) {
  const picture = useFetched(file, load, isShown);
  const [hasFailed, setFailed] = useState(false);
  const save = async () => {
    setFailed(false);
    try {
      saveAs(await load(file), file.name);
    } catch {
      setFailed(true);
    }
  };
  return (
    <>
      <button type="button" className={css.file} aria-label={label} onClick={() => void save()}>
        <FileFace file={file} picture={picture} />
      </button>
      {hasFailed && <p role="alert">{words.notLoaded.replace("{name}", file.name)}</p>}
    </>
  );
}

function saveAs(bytes: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(bytes);
  link.download = name;
  link.click();
  // The browser has it by then; kept, it would stay in memory until the page is left.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
