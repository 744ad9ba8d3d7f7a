import type { ReactNode } from 'react';
import { apiUrl } from '../../api/client';

/** Links to a whole table as CSV and JSON. */
export function ExportLinks({ table, token }: { table: string; token: string }): ReactNode {
  const link = (format: string) => (
    <a href={apiUrl(`/v1/export/${table}.${format}`, { token })} download>
      {format.toUpperCase()}
    </a>
  );
  return (
    <span className="exports">
      <span className="visually-hidden">Export {table.replaceAll('_', ' ')}: </span>
      {link('csv')} {link('json')}
    </span>
  );
}
