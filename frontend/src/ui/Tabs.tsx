import clsx from "clsx";
import { Tabs as Radix } from "radix-ui";
import type { ComponentProps } from "react";
import css from "./Tabs.module.css";

/** Tabs that share a place: `<Tabs value onValueChange><TabList><Tab value/></TabList><TabPanel value/></Tabs>`. */
export const Tabs = Radix.Root;

export function TabList({
  className,
  fill,
  ...rest
}: ComponentProps<typeof Radix.List> & { fill?: boolean }) {
  return <Radix.List className={clsx(css.list, fill && css.fill, className)} {...rest} />;
}

export function Tab({ className, ...rest }: ComponentProps<typeof Radix.Trigger>) {
  return <Radix.Trigger className={clsx(css.tab, className)} {...rest} />;
}

export function TabPanel({ className, ...rest }: ComponentProps<typeof Radix.Content>) {
  return <Radix.Content className={clsx(css.panel, className)} {...rest} />;
}
