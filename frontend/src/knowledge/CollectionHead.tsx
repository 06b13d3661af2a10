import { useMutation, useQueryClient } from "@tanstack/react-query";
import { ChevronLeft, Ellipsis, Pencil, Tags, Trash2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate } from "react-router";
import { knowledge } from "@/api/endpoints";
import { knowledgeListQuery, knowledgeQuery } from "@/api/queries";
import type { Knowledge } from "@/api/types";
import { toastFault } from "@/faults/toastFault";
import { ConfirmDialog, IconButton, Menu, MenuItem, MenuSeparator, toast } from "@/ui";
import css from "./CollectionPage.module.css";
import { FieldsDialog } from "./FieldsDialog";
import { RenameDialog } from "./RenameDialog";

/** The collection's name, the way back, and what can be done with the whole of it. */
export function CollectionHead({ collection, mayChange }: { collection: Knowledge; mayChange: boolean }) {
  const { t } = useTranslation("knowledge");
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [asks, setAsks] = useState<"rename" | "fields" | "delete" | null>(null);
  const remove = useMutation({
    mutationFn: () => knowledge.remove(collection.id),
    onSuccess: async () => {
      await navigate("/knowledge");
      queries.removeQueries({ queryKey: knowledgeQuery(collection.id).queryKey });
      void queries.invalidateQueries({ queryKey: knowledgeListQuery.queryKey, exact: true });
      toast.done(t("delete.done", { name: collection.name }));
    },
    onError: toastFault,
  });
  return (
    <header className={css.head}>
      <title>{`${collection.name} · Treadle`}</title>
      <Link className={css.back} to="/knowledge" aria-label={t("back")}>
        <ChevronLeft aria-hidden="true" />
      </Link>
      <div className={css.title}>
        <h1>{collection.name}</h1>
        {collection.description && <p className={css.lead}>{collection.description}</p>}
      </div>
      {mayChange && (
        <Menu
          trigger={
            <IconButton label={t("more", { name: collection.name })}>
              <Ellipsis />
            </IconButton>
          }
        >
          <MenuItem icon={<Pencil />} onSelect={() => setAsks("rename")}>
            {t("rename.open")}
          </MenuItem>
          <MenuItem icon={<Tags />} onSelect={() => setAsks("fields")}>
            {t("fields.open")}
          </MenuItem>
          <MenuSeparator />
          <MenuItem danger icon={<Trash2 />} onSelect={() => setAsks("delete")}>
            {t("delete.open")}
          </MenuItem>
        </Menu>
      )}
      {asks === "rename" && <RenameDialog collection={collection} onClose={() => setAsks(null)} />}
      {asks === "fields" && <FieldsDialog collection={collection} onClose={() => setAsks(null)} />}
      <ConfirmDialog
        open={asks === "delete"}
        onOpenChange={(open) => !open && setAsks(null)}
        title={t("delete.title", { name: collection.name })}
        description={t("delete.text")}
        action={t("delete.open")}
        busy={remove.isPending}
        onConfirm={() => remove.mutate()}
      />
    </header>
  );
}
