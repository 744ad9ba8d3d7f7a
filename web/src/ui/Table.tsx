import type { Key, ReactNode } from 'react';

/** One column: its name, how a row shows in it, and whether it holds numbers. */
export interface Column<Row> {
  key: string;
  title: ReactNode;
  /** Name before the value when the row is a card; the title when that is text. */
  label?: string;
  number?: boolean;
  /** The cell that names its row to a screen reader. */
  heading?: boolean;
  sorted?: 'ascending' | 'descending' | undefined;
  cell: (row: Row) => ReactNode;
}

function labelOf<Row>(column: Column<Row>): string | undefined {
  const label = column.label ?? (typeof column.title === 'string' ? column.title : '');
  return label === '' ? undefined : label;
}

/** A table. On a phone its rows become cards, or with `narrow="scroll"` it scrolls inside its own box. */
export function Table<Row>({
  caption,
  columns,
  rows,
  rowKey,
  narrow = 'cards',
  rowProps,
}: {
  caption: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  rowKey: (row: Row, index: number) => Key;
  narrow?: 'cards' | 'scroll';
  rowProps?: (row: Row, index: number) => Record<string, unknown>;
}): ReactNode {
  return (
    <div className="table-box" role="region" aria-label={caption} tabIndex={narrow === 'scroll' ? 0 : undefined}>
      <table className={narrow === 'cards' ? 'table table--cards' : 'table'}>
        <caption className="visually-hidden">{caption}</caption>
        <thead>
          <tr>
            {columns.map((column) => (
              <th
                key={column.key}
                scope="col"
                className={column.number ? 'number' : undefined}
                aria-sort={column.sorted}
              >
                {column.title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, index) => (
            <tr key={rowKey(row, index)} {...rowProps?.(row, index)}>
              {columns.map((column) => {
                const shared = {
                  className: column.number ? 'number' : undefined,
                  'data-label': labelOf(column),
                };
                return column.heading ? (
                  <th key={column.key} scope="row" {...shared}>
                    {column.cell(row)}
                  </th>
                ) : (
                  <td key={column.key} {...shared}>
                    {column.cell(row)}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
