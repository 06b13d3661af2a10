import { Paperclip, X } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import type { FileWords } from "../types";
import css from "./FilePicker.module.css";
import { chooserOf, type FileRules, say } from "./rules";
import { type Chosen, type SendFile, useSending } from "./useSending";

export type { SendFile } from "./useSending";

export interface FilePickerProps {
  /** What the button is labelled by, and described by. */
  control: { id: string; "aria-describedby"?: string | undefined; "aria-invalid"?: true | undefined };
  label: string;
  rules: FileRules;
  words: FileWords;
  send: SendFile;
  /** Why a file could not be sent, in words. */
  explain: (thrown: unknown) => Promise<string> | string;
  /** The ids of the files that have arrived, and whether others are still on their way. */
  onChange: (ids: string[], isBusy: boolean) => void;
}

/** Files to send along: chosen with a button or dropped, each with how far it is. */
export function FilePicker({ control, label, rules, words, send, explain, onChange }: FilePickerProps) {
  const chooser = useRef<HTMLInputElement>(null);
  // Entering a child comes before leaving its parent, so they are counted.
  const [depth, setDepth] = useState(0);
  const { files, add, remove } = useSending(rules, words, send, explain);

  const tell = useRef(onChange);
  tell.current = onChange;
  useEffect(() => {
    const isBusy = files.some(({ id, fault }) => id === null && fault === null);
    tell.current(
      files.flatMap(({ id }) => (id === null ? [] : [id])),
      isBusy,
    );
  }, [files]);

  return (
    <div className={css.picker}>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: the button inside does the same without dragging */}
      <div
        className={depth > 0 ? `${css.drop} ${css.over}` : css.drop}
        onDragEnter={(event) => {
          event.preventDefault();
          setDepth((now) => now + 1);
        }}
        onDragLeave={() => setDepth((now) => Math.max(0, now - 1))}
        onDragOver={(event) => event.preventDefault()}
        onDrop={(event) => {
          event.preventDefault();
          setDepth(0);
          if (!event.currentTarget.querySelector("button:disabled")) add([...event.dataTransfer.files]);
        }}
      >
        <button
          type="button"
          {...control}
          className={css.choose}
          aria-label={`${label}: ${rules.most > 1 ? words.chooseMany : words.choose}`}
          onClick={() => chooser.current?.click()}
        >
          <Paperclip aria-hidden="true" />
          {rules.most > 1 ? words.chooseMany : words.choose}
        </button>
        <span className={css.hint}>{depth > 0 ? words.dropNow : words.drop}</span>
        <input
          ref={chooser}
          type="file"
          hidden
          multiple={rules.most > 1}
          accept={chooserOf(rules)}
          onChange={({ target }) => {
            const given = [...(target.files ?? [])];
            target.value = "";
            add(given);
          }}
        />
      </div>
      {files.length > 0 && (
        <ul className={css.files}>
          {files.map((file) => (
            <Row key={file.key} file={file} words={words} onRemove={() => remove(file.key)} />
          ))}
        </ul>
      )}
    </div>
  );
}

function Row({ file, words, onRemove }: { file: Chosen; words: FileWords; onRemove: () => void }) {
  const { name, sent, id, fault } = file;
  const isSending = id === null && fault === null;
  const sentence = sent < 1 ? words.sending : words.storing;
  const told = say(sentence, { name, percent: Math.round(sent * 100) });
  return (
    <li className={css.row}>
      <div className={css.words}>
        {fault === null ? <span className={css.name}>{name}</span> : <span role="alert">{fault}</span>}
        {isSending && <progress className={css.progress} value={sent} aria-label={told} />}
      </div>
      <button
        type="button"
        className={css.remove}
        aria-label={say(isSending ? words.cancel : words.remove, { name })}
        title={say(isSending ? words.cancel : words.remove, { name })}
        onClick={onRemove}
      >
        <X aria-hidden="true" />
      </button>
    </li>
  );
}
