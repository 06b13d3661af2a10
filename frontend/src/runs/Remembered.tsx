import { Fragment } from "react";
import { useTranslation } from "react-i18next";
import type { Graph } from "@/api/types";
import { Disclosure, Section } from "@/ui";
import { ChangeValue, RememberedValue } from "./ChangeValue";
import css from "./Remembered.module.css";
import { CONVERSATION, loopsIn, type NamedValue, RUN, roundsOfLoop, valuesOf } from "./remembered";
import { useRun } from "./runStore";

export interface RememberedProps {
  declared: Graph["variables"];
  /** What the step at a path is called; "" where that is not known. */
  titleOf: (path: string) => string;
}

const MOST_ROUNDS = 50;
const MOST_LOOPS = 20;

/** What the app remembered in a run: last values, and of what loops keep each round. Nothing if it remembered nothing. */
export function Remembered({ declared, titleOf }: RememberedProps) {
  const { t } = useTranslation("runs");
  const run = useRun((view) => view.run);
  const ofRun = valuesOf(run, `${RUN}.`);
  const ofConversation = valuesOf(run, `${CONVERSATION}.`);
  const loops = loopsIn(run).slice(0, MOST_LOOPS);
  if (ofRun.length + ofConversation.length + loops.length === 0) return null;
  const called = (scope: string) => (name: string) =>
    declared?.find((one) => one.scope === scope && one.name === name)?.title || name;
  return (
    <Section card title={t("remembered.title")}>
      <div className={css.groups}>
        <Values title={t("remembered.run")} values={ofRun} called={called("run")} />
        <Values title={t("remembered.conversation")} values={ofConversation} called={called(CONVERSATION)} />
        {loops.map((path) => (
          <Loop key={path} path={path} title={titleOf(path) || path} />
        ))}
      </div>
    </Section>
  );
}

interface ValuesProps {
  title: string;
  values: readonly NamedValue[];
  called: (name: string) => string;
}

function Values({ title, values, called }: ValuesProps) {
  if (values.length === 0) return null;
  return (
    <section>
      <h3 className={css.title}>{title}</h3>
      <dl className={css.values}>
        {values.map(({ name, value }) => (
          <Fragment key={name}>
            <dt>{called(name)}</dt>
            <dd>
              <RememberedValue value={value} />
            </dd>
          </Fragment>
        ))}
      </dl>
    </section>
  );
}

/** What one loop kept: the last values, and behind a fold what each round made of them. */
function Loop({ path, title }: { path: string; title: string }) {
  const { t } = useTranslation("runs");
  const run = useRun((view) => view.run);
  const rounds = roundsOfLoop(run, path);
  const around = [...path.matchAll(/\[(\d+)\]/g)].map(([, n]) =>
    t("remembered.round", { number: Number(n) + 1 }),
  );
  const heading = [t("remembered.loop", { title }), ...around].join(" · ");
  return (
    <section>
      <Values title={heading} values={valuesOf(run, `${path}.`)} called={(name) => name} />
      {rounds.length > 0 && (
        <Disclosure label={t("remembered.rounds")}>
          <ol className={css.rounds}>
            {rounds.slice(-MOST_ROUNDS).map(({ round, values }) => (
              <li key={round}>
                <span className={css.round}>{t("remembered.round", { number: round + 1 })}</span>
                <dl className={css.values}>
                  {Object.entries(values).map(([name, change]) => (
                    <Fragment key={name}>
                      <dt>{name}</dt>
                      <dd>
                        <ChangeValue change={change} />
                      </dd>
                    </Fragment>
                  ))}
                </dl>
              </li>
            ))}
          </ol>
          {rounds.length > MOST_ROUNDS && (
            <p className={css.quiet}>{t("remembered.more", { count: rounds.length - MOST_ROUNDS })}</p>
          )}
        </Disclosure>
      )}
    </section>
  );
}
