import { FetchedFile } from "./FetchedFile";
import { FileFace } from "./FileFace";
import css from "./FilesAlong.module.css";
import type { ChatFile, ChatWords } from "./types";

/** Where a file can be had; or its bytes, where the page has to say who is asking. */
export type FileWay = { href: (file: ChatFile) => string } | { load: (file: ChatFile) => Promise<Blob> };

export interface FilesAlongProps {
  files: readonly ChatFile[];
  words: Pick<ChatWords, "filesAlong" | "download" | "notLoaded">;
  way: FileWay;
}

/** What the server sends as pictures; all else comes as bytes to be saved. */
const PICTURES = ["image/png", "image/jpeg", "image/gif", "image/webp"];
/** Of a picture that is fetched without being asked for, in bytes. */
const LARGEST_SHOWN = 2_000_000;

/** The files that a reply gave along: each a link to save it, small pictures as they are. */
export function FilesAlong({ files, words, way }: FilesAlongProps) {
  return (
    <ul className={css.files} aria-label={words.filesAlong}>
      {files.map((file) => {
        const isShown = PICTURES.includes(file.mime) && file.size <= LARGEST_SHOWN;
        const label = words.download.replace("{name}", file.name);
        return (
          <li key={file.file_id}>
            {"load" in way ? (
              <FetchedFile file={file} label={label} words={words} isShown={isShown} load={way.load} />
            ) : (
              <a className={css.file} href={way.href(file)} download={file.name} aria-label={label}>
                <FileFace file={file} picture={isShown ? way.href(file) : ""} />
              </a>
            )}
          </li>
        );
      })}
    </ul>
  );
}
