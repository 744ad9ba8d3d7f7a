import { useId, useRef, type KeyboardEvent, type ReactNode } from 'react';

/** One tab: its key, its name and what it shows. */
export interface Tab {
  key: string;
  title: string;
  panel: () => ReactNode;
}

/** Tabs after the usual keyboard pattern: arrows move, Home and End jump. */
export function Tabs({
  label,
  tabs,
  selected,
  onSelect,
}: {
  label: string;
  tabs: readonly Tab[];
  selected: string;
  onSelect: (key: string) => void;
}): ReactNode {
  const id = useId();
  const list = useRef<HTMLDivElement>(null);
  const index = Math.max(
    0,
    tabs.findIndex((tab) => tab.key === selected),
  );
  const onKeyDown = (event: KeyboardEvent) => {
    const steps: Record<string, number> = {
      ArrowLeft: index - 1,
      ArrowRight: index + 1,
      Home: 0,
      End: tabs.length - 1,
    };
    const step = steps[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const next = (step + tabs.length) % tabs.length;
    onSelect(tabs[next]?.key ?? selected);
    list.current?.querySelectorAll<HTMLButtonElement>('[role=tab]')[next]?.focus();
  };
  return (
    <div className="tabs">
      <div ref={list} className="tabs__list" role="tablist" aria-label={label} tabIndex={-1} onKeyDown={onKeyDown}>
        {tabs.map((tab, at) => (
          <button
            key={tab.key}
            type="button"
            role="tab"
            id={`${id}-${tab.key}`}
            className="tabs__tab"
            aria-selected={at === index}
            aria-controls={at === index ? `${id}-panel` : undefined}
            tabIndex={at === index ? 0 : -1}
            onClick={() => onSelect(tab.key)}
          >
            {tab.title}
          </button>
        ))}
      </div>
      <div role="tabpanel" id={`${id}-panel`} aria-labelledby={`${id}-${tabs[index]?.key ?? ''}`}>
        {tabs[index]?.panel()}
      </div>
    </div>
  );
}

/** A choice of a few in one row, for instance the range of a chart. */
export function Segments<Key extends string>({
  label,
  options,
  selected,
  onSelect,
}: {
  label: string;
  options: readonly (readonly [Key, string])[];
  selected: Key;
  onSelect: (key: Key) => void;
}): ReactNode {
  return (
    <div className="segments" role="group" aria-label={label}>
      {options.map(([key, title]) => (
        <button key={key} type="button" aria-pressed={key === selected} onClick={() => onSelect(key)}>
          {title}
        </button>
      ))}
    </div>
  );
}
