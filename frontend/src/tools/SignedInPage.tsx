import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate, useSearchParams } from "react-router";
import { toolSourcesQuery } from "@/api/queries";
import { FaultBanner } from "@/faults/FaultBanner";
import { Button, Page, Progress, toast } from "@/ui";
import { toolSources } from "./endpoints";

/** Where the other server sends a person back to. Hands in what came along, once, and goes on to the tools. */
export default function SignedInPage() {
  const { t } = useTranslation("tools");
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [search] = useSearchParams();
  const said = (name: string) => search.get(name) ?? "";
  const { data, error } = useQuery({
    // It counts once: never asked again, however often the page is drawn.
    queryKey: ["signed-in", said("state")],
    queryFn: () =>
      toolSources.answerSignIn({
        state: said("state"),
        code: said("code"),
        iss: said("iss"),
        error: said("error"),
      }),
    retry: false,
    staleTime: "static",
  });
  // Going on says the language again, which gives another `t`: without this it would go on for ever.
  const isOver = useRef(false);
  useEffect(() => {
    if (!data || isOver.current) return;
    isOver.current = true;
    toast.done(t("signIn.done", { name: data.name }));
    void queries.invalidateQueries({ queryKey: toolSourcesQuery.queryKey });
    void navigate("/tools", { replace: true });
  }, [data, navigate, queries, t]);
  return (
    <Page title={t("title")}>
      {error ? (
        <FaultBanner
          error={error}
          action={
            <Button size="s" asChild>
              <Link to="/tools" replace>
                {t("signIn.back")}
              </Link>
            </Button>
          }
        />
      ) : (
        <Progress label={t("signIn.arrived")} />
      )}
    </Page>
  );
}
