import { useMutation, useQuery } from "@tanstack/react-query";
import { Search } from "lucide-react";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { knowledge } from "@/api/endpoints";
import { modelsQuery } from "@/api/queries";
import type { Knowledge, SearchMode, SearchQuestion } from "@/api/types";
import { FaultBanner } from "@/faults/FaultBanner";
import { type DocumentFilter, filterToJson, lacksItsValue, NO_FILTER } from "@/forms/documentFilter";
import { DocumentFilterRows } from "@/forms/widgets/DocumentFilterRows";
import { errorWords } from "@/i18n/errorWords";
import { Banner, Button, Disclosure, EmptyState, Field, Input, NumberField, Progress, Segmented } from "@/ui";
import { FilterValue } from "./FilterValue";
import { FoundPassage } from "./FoundPassage";
import { type Ranking, RankingFields, SEARCH_ORDER } from "./RankingFields";
import css from "./Tester.module.css";

const MODES: readonly SearchMode[] = ["hybrid", "keyword", "vector"];

/** "Ask it something": what apps would find for a question, by the very search that they use. */
export function Tester({ collection }: { collection: Knowledge }) {
  const { t } = useTranslation("knowledge");
  const [query, setQuery] = useState("");
  const [mode, setMode] = useState<SearchMode>("hybrid");
  const [count, setCount] = useState(5);
  const [only, setOnly] = useState<DocumentFilter>(NO_FILTER);
  const [ranking, setRanking] = useState<Ranking>(SEARCH_ORDER);
  const { data: models } = useQuery(modelsQuery);
  const search = useMutation({
    mutationFn: (asked: Asked) => knowledge.search(collection.id, { ...asked, only: filterBody(asked.only) }),
  });
  const [wasAsked, setAsked] = useState(false);
  const lacksValue = only.conditions.some(lacksItsValue);
  const ask = (event: FormEvent) => {
    event.preventDefault();
    setAsked(true);
    if (lacksValue || !query.trim() || search.isPending) return;
    search.mutate({ query: query.trim(), mode, top_k: count, only, ...ranking });
  };
  const found = search.data?.passages;
  const remark = search.data?.remark;
  const wasChosen = (search.variables?.only.conditions.length ?? 0) > 0;
  const isReady = collection.pieces > 0;
  return (
    <section className={css.tester} aria-labelledby="tester">
      <div>
        <h2 id="tester">{t("tester.title")}</h2>
        <p className={css.quiet}>{isReady ? t("tester.text") : t("tester.notReady")}</p>
      </div>
      <form className={css.form} onSubmit={ask}>
        <Field hideLabel label={t("tester.question")}>
          {(control) => (
            <div className={css.ask}>
              <Input
                {...control}
                type="search"
                value={query}
                maxLength={2000}
                placeholder={t("tester.placeholder")}
                enterKeyHint="search"
                onChange={(event) => setQuery(event.target.value)}
              />
              <Button type="submit" icon={<Search />} busy={search.isPending} disabled={!isReady}>
                {t("tester.ask")}
              </Button>
            </div>
          )}
        </Field>
        <Disclosure label={t("tester.more")}>
          <div className={css.options}>
            <div className={css.option}>
              <Segmented
                label={t("tester.method")}
                value={mode}
                onChange={setMode}
                options={MODES.map((value) => ({ value, label: t(`tester.${value}`) }))}
              />
              <p className={css.quiet}>{t("tester.methodHelp")}</p>
            </div>
            <Field label={t("tester.count")}>
              {(control) => (
                <NumberField
                  {...control}
                  min={1}
                  max={20}
                  step={1}
                  value={count}
                  onChange={(next) => setCount(Math.min(20, Math.max(1, Math.round(next ?? 5))))}
                />
              )}
            </Field>
            <RankingFields ranking={ranking} onChange={setRanking} models={models} />
            <fieldset className={css.only}>
              <legend>{t("tester.only")}</legend>
              <DocumentFilterRows
                id="tester-only"
                filter={only}
                fields={collection.fields}
                faults={[]}
                onChange={setOnly}
                value={(props) => <FilterValue {...props} />}
              />
            </fieldset>
          </div>
        </Disclosure>
      </form>
      {wasAsked && lacksValue && <Banner tone="bad" live title={t("tester.emptyCondition")} />}
      {search.isPending && <Progress label={t("tester.searching")} />}
      {!search.isPending && <FaultBanner error={search.error} />}
      <div className={css.outcome} aria-live="polite">
        {remark && (
          <Banner tone="warn" title={t("tester.notRanked")}>
            {errorWords(remark).message} {errorWords(remark).hint}
          </Banner>
        )}
        {found && found.length > 0 && (
          <p className={css.quiet}>{t("tester.found", { count: found.length })}</p>
        )}
        {found?.length === 0 && (
          <EmptyState title={t("tester.nothingTitle")}>
            {t(wasChosen ? "tester.nothingChosen" : "tester.nothingText")}
          </EmptyState>
        )}
      </div>
      {found && found.length > 0 && (
        <ol className={css.list}>
          {found.map((passage) => (
            <li key={passage.chunk_id}>
              <FoundPassage
                passage={passage}
                question={search.variables?.query ?? ""}
                isRanked={search.variables?.order === "model" && !remark}
              />
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}

interface Asked extends Ranking {
  query: string;
  mode: SearchMode;
  top_k: number;
  only: DocumentFilter;
}

/** The filter as it is sent: its comparisons are the server's to judge. */
const filterBody = (only: DocumentFilter) => filterToJson(only) as unknown as SearchQuestion["only"];
