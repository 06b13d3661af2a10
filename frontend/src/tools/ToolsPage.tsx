import { useQuery } from "@tanstack/react-query";
import { FileCode2, Plug, Plus, Terminal } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { sessionQuery, toolSourcesQuery } from "@/api/queries";
import type { ToolSource } from "@/api/types";
import { FaultBanner } from "@/faults/FaultBanner";
import { Button, EmptyState, Loading, Menu, MenuItem, Page } from "@/ui";
import { SourceCard } from "./SourceCard";
import { SourceDialog } from "./SourceDialog";
import css from "./tools.module.css";

const DescriptionDialog = lazy(() => import("./DescriptionDialog"));
const MachineDialog = lazy(() => import("./MachineDialog"));
const OperationsDialog = lazy(() => import("./OperationsDialog"));
const ReplaceDialog = lazy(() => import("./ReplaceDialog"));

/** Which dialog is open, and about which source. */
type Open =
  | { about: "server"; source: string | null }
  | { about: "description" }
  | { about: "machine" }
  | { about: "operations"; source: string; isNew: boolean }
  | { about: "text"; source: string };

/** The servers and services whose tools apps may use, and each tool as somebody approved it. */
export default function ToolsPage() {
  const { t } = useTranslation("tools");
  const { t: common } = useTranslation("common");
  const { data: session } = useQuery(sessionQuery);
  const { data, error, refetch } = useQuery(toolSourcesQuery);
  const [open, setOpen] = useState<Open>();
  const mayChange = session !== undefined && session.role !== "viewer";
  const isOwner = session?.role === "owner";
  const machine = data?.on_this_machine ?? [];
  const add = mayChange && (
    <Menu
      trigger={
        <Button look="primary" icon={<Plus />}>
          {t("add")}
        </Button>
      }
    >
      <MenuItem icon={<Plug />} onSelect={() => setOpen({ about: "server", source: null })}>
        {t("addServer")}
      </MenuItem>
      <MenuItem icon={<FileCode2 />} onSelect={() => setOpen({ about: "description" })}>
        {t("addDescription")}
      </MenuItem>
      {machine.length > 0 && (
        <MenuItem icon={<Terminal />} onSelect={() => setOpen({ about: "machine" })}>
          {t("machine.add")}
        </MenuItem>
      )}
    </Menu>
  );
  const change = ({ id, kind }: ToolSource) =>
    setOpen(
      kind === "openapi"
        ? { about: "operations", source: id, isNew: false }
        : { about: "server", source: id },
    );
  const isEmpty = data?.sources.length === 0;
  const about = open && "source" in open ? data?.sources.find(({ id }) => id === open.source) : undefined;
  const close = () => setOpen(undefined);
  return (
    <Page title={t("title")} lead={t("lead")} action={data && !isEmpty && add}>
      <FaultBanner error={data ? null : error} onRetry={() => void refetch()} />
      {!data && !error && <Loading label={common("state.loading")} />}
      {session?.role === "viewer" && <p className={css.quiet}>{t("viewer")}</p>}
      {isEmpty && (
        <div className={css.empty}>
          <EmptyState icon={<Plug />} title={t("emptyTitle")} as="h2" action={add}>
            {t("emptyText")}
          </EmptyState>
        </div>
      )}
      {data && !isEmpty && (
        <ul className={css.list}>
          {data.sources.map((source) => (
            <li key={source.id}>
              <SourceCard
                source={source}
                mayChange={mayChange}
                isOwner={isOwner}
                onChange={() => change(source)}
                onReplace={() => setOpen({ about: "text", source: source.id })}
              />
            </li>
          ))}
        </ul>
      )}
      {open?.about === "server" && (open.source === null || about) && (
        <SourceDialog source={about ?? null} onClose={close} />
      )}
      <Suspense>
        {open?.about === "machine" && <MachineDialog servers={machine} onClose={close} />}
        {open?.about === "description" && (
          <DescriptionDialog
            onClose={close}
            onAdded={({ id }) => setOpen({ about: "operations", source: id, isNew: true })}
          />
        )}
        {open?.about === "operations" && about && (
          <OperationsDialog source={about} isNew={open.isNew} isOwner={isOwner} onClose={close} />
        )}
        {open?.about === "text" && about && <ReplaceDialog source={about} onClose={close} />}
      </Suspense>
    </Page>
  );
}
