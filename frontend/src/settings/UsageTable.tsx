import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { UseFigures } from "@/api/types";
import retention from "./retention.module.css";
import { useUsageWords } from "./useUsageWords";

interface Row extends UseFigures {
  id: string;
  name: string;
  /** Where more is told of it. */
  to?: string;
}

/** What was used, a row each. */
export function UsageTable({ of, rows }: { of: string; rows: Row[] }) {
  const { t } = useTranslation("usage");
  const { count, cost } = useUsageWords();
  return (
    <div className={retention.scroll}>
      <table className={retention.table}>
        <thead>
          <tr>
            <th scope="col">{of}</th>
            <th scope="col" className={retention.number}>
              {t("sum.runs")}
            </th>
            <th scope="col" className={retention.number}>
              {t("sum.tokens")}
            </th>
            <th scope="col" className={retention.number}>
              {t("sum.cost")}
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.id}>
              <th scope="row">{row.to ? <Link to={row.to}>{row.name}</Link> : row.name}</th>
              <td className={retention.number}>{count(row.runs)}</td>
              <td className={retention.number}>{count(row.tokens)}</td>
              <td className={retention.number}>{cost(row)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
