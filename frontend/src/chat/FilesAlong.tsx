import { Download } from "lucide-react";
import { bytesOf } from "./bytes";
import css from "./FilesAlong.module.css";
import type { ChatFile, ChatWords } from "./types";

export interface FilesAlongProps {
  files: readonly ChatFile[];
  words: Pick<ChatWords, "filesAlong" | "download">;
  hrefOf: (file: ChatFile) => string;
}

/** What the server sends as pictures; all else comes as bytes to be saved. */
const PICTURES = ["image/png", "image/jpeg", "image/gif", "image/webp"];
/** Of a picture that is fetched without being asked for, in bytes. */
const LARGEST_SHOWN = 2_000_000;

/** The files that a reply gave along: each a link to save it, small pictures as they are. */
export function FilesAlong({ files, words, hrefOf }: FilesAlongProps) {
  return (
    <ul className={css.files} aria-label={words.filesAlong}>
      {files.map((file) => {
        const href = hrefOf(file);
        const isShown = PICTURES.includes(file.mime) && file.size <= LARGEST_SHOWN;
        return (
          <li key={file.file_id}>
            <a
              className={css.file}
              href={href}
              download={file.name}
              aria-label={words.download.replace("{name}", file.name)}
            >
              {isShown && <img className={css.picture} src={href} alt="" loading="lazy" />}
              <span className={css.line}>
                <Download aria-hidden="true" />
                <span className={css.name}>{file.name}</span>
                <span className={css.size}>{bytesOf(file.size)}</span>
              </span>
            </a>
          </li>
        );
      })}
    </ul>
  );
}
