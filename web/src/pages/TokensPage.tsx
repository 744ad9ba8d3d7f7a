import { useEffect, useRef, type KeyboardEvent, type ReactNode } from 'react';
import { Link, useSearchParams } from 'react-router';
import { useAssets, useTokens } from '../api/hooks';
import type { AsOf, TokenSummary } from '../api/types';
import { Sparkline } from '../charts/Sparkline';
import { columnWidth } from '../format';
import { Button, ButtonLink, EmptyState, ErrorState, Segments, SkeletonRows, Table, type Column } from '../ui';
import { CoverageFigure, FloorChange, FloorFigure, MarketFigure, PremiumFigure, sparkLabel } from './facts';
import { useDebounced } from './useDebounced';
import { useTitle } from './useTitle';

const PAGE = 25;
const FILTERS = [
  ['', 'All'],
  ['market', 'Has market'],
  ['loans', 'Has loans'],
  ['auction', 'Has auction'],
] as const;
const SORTS: readonly (readonly [string, string])[] = [
  ['launched', 'Launched'],
  ['name', 'Name'],
  ['backing', 'Backing'],
  ['market', 'Market price'],
  ['premium', 'Premium'],
  ['coverage', 'Coverage'],
  ['change', 'Change'],
  ['holders', 'Holders'],
];

/** What the address says about the list: all of it can be linked to. */
interface Choice {
  search: string;
  filter: string;
  asset: string;
  sort: string;
  order: 'asc' | 'desc';
  cursor: string;
}

function useChoice(): [Choice, (part: Partial<Choice>, keep?: boolean) => void] {
  const [parameters, setParameters] = useSearchParams();
  const choice: Choice = {
    search: parameters.get('search') ?? '',
    filter: parameters.get('filter') ?? '',
    asset: parameters.get('asset') ?? '',
    sort: parameters.get('sort') ?? 'launched',
    order: parameters.get('order') === 'asc' ? 'asc' : 'desc',
    cursor: parameters.get('cursor') ?? '',
  };
  const choose = (part: Partial<Choice>, keep = false) => {
    const next = { ...choice, cursor: '', ...part };
    const usual: Record<string, string> = { sort: 'launched', order: 'desc' };
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries(next)) {
      if (value !== '' && value !== usual[name]) query.set(name, value);
    }
    setParameters(query, { replace: !keep, preventScrollReset: true });
  };
  return [choice, choose];
}

function NameCell({ token }: { token: TokenSummary }): ReactNode {
  return (
    <span className="token-name">
      <Link to={`/token/${token.token}`} className="token-name__link" data-row-link>
        <span className="token-name__symbol">{token.symbol}</span>{' '}
        <span className="token-name__full">{token.name}</span>
      </Link>
      <span className="token-name__meta">
        {token.model}, backed by {token.assets.map((asset) => asset.symbol).join(' and ')}
        {token.paused_until > 0 ? <span className="tag tag--watch">paused</span> : null}
      </span>
    </span>
  );
}

function SortHead({
  name,
  title,
  choice,
  choose,
}: {
  name: string;
  title: string;
  choice: Choice;
  choose: (part: Partial<Choice>) => void;
}): ReactNode {
  const sorted = choice.sort === name;
  const order = sorted && choice.order === 'desc' ? 'asc' : sorted ? 'desc' : name === 'name' ? 'asc' : 'desc';
  return (
    <button type="button" className="table__sort" data-sorted={sorted} onClick={() => choose({ sort: name, order })}>
      {title}
      <span aria-hidden="true">{sorted ? (choice.order === 'asc' ? ' ↑' : ' ↓') : ''}</span>
    </button>
  );
}

function columns(
  rows: readonly TokenSummary[],
  asOf: AsOf | undefined,
  choice: Choice,
  choose: (part: Partial<Choice>) => void,
): Column<TokenSummary>[] {
  const head = (name: string, title: string): Pick<Column<TokenSummary>, 'title' | 'label' | 'sorted'> => ({
    title: <SortHead name={name} title={title} choice={choice} choose={choose} />,
    label: title,
    sorted: choice.sort === name ? (choice.order === 'asc' ? 'ascending' : 'descending') : undefined,
  });
  const digits = { significant: 4 };
  const floors = columnWidth(
    rows.flatMap((token) => token.floor_wad),
    18,
    digits,
  );
  const markets = columnWidth(
    rows.map((token) => token.market_wad ?? '0'),
    18,
    digits,
  );
  const layout = { asOf, unitColumn: 6, ...digits };
  return [
    { key: 'name', ...head('name', 'Token'), label: '', heading: true, cell: (token) => <NameCell token={token} /> },
    {
      key: 'backing',
      ...head('backing', 'Backing per token'),
      number: true,
      cell: (token) =>
        token.assets.map((asset, index) => (
          <div key={asset.address}>
            <FloorFigure token={token} index={index} column={floors} {...layout} />
          </div>
        )),
    },
    {
      key: 'market',
      ...head('market', 'Market price'),
      number: true,
      cell: (token) => <MarketFigure token={token} column={markets} {...layout} />,
    },
    {
      key: 'premium',
      ...head('premium', 'Premium'),
      number: true,
      cell: (token) => <PremiumFigure token={token} asOf={asOf} />,
    },
    {
      key: 'coverage',
      ...head('coverage', 'Coverage'),
      number: true,
      cell: (token) => <CoverageFigure token={token} asOf={asOf} />,
    },
    {
      key: 'change',
      ...head('change', 'Backing change'),
      number: true,
      cell: (token) => <FloorChange token={token} />,
    },
    {
      key: 'spark',
      title: 'Floor and market, 7 d',
      label: '',
      number: true,
      cell: (token) => <Sparkline spark={token.spark} label={sparkLabel(token)} />,
    },
  ];
}

/** Arrows walk over the rows, Enter follows the focused link by itself. */
function walkRows(event: KeyboardEvent<HTMLElement>): void {
  if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return;
  const links = [...event.currentTarget.querySelectorAll<HTMLElement>('[data-row-link]')];
  const now = links.indexOf(document.activeElement as HTMLElement);
  const inSearch = (event.target as HTMLElement).tagName === 'INPUT';
  if (now === -1 && !inSearch) return;
  const next = event.key === 'ArrowDown' ? now + 1 : now - 1;
  const target = next < 0 ? event.currentTarget.querySelector<HTMLElement>('input') : links[next];
  if (target === null || target === undefined) return;
  event.preventDefault();
  target.focus();
}

function useSlash(target: () => HTMLElement | null): void {
  const wanted = useRef(target);
  useEffect(() => {
    const onKey = (event: globalThis.KeyboardEvent) => {
      const within = event.target as HTMLElement;
      if (event.key !== '/' || /^(INPUT|TEXTAREA|SELECT)$/.test(within.tagName) || event.metaKey || event.ctrlKey)
        return;
      event.preventDefault();
      wanted.current()?.focus();
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, []);
}

function Search({ choice, choose }: { choice: Choice; choose: (part: Partial<Choice>) => void }): ReactNode {
  const box = useRef<HTMLInputElement>(null);
  const [text, setText] = useDebounced(choice.search, (search) => choose({ search }));
  useSlash(() => box.current);
  return (
    <div className="search">
      <label className="visually-hidden" htmlFor="search">
        Search by name, symbol or address
      </label>
      <div className="field__box">
        <input
          ref={box}
          id="search"
          type="search"
          value={text}
          maxLength={100}
          autoComplete="off"
          spellCheck={false}
          placeholder="Name, symbol or address"
          onChange={(event) => setText(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === 'Escape') setText('');
          }}
        />
        <kbd className="search__key" aria-hidden="true">
          /
        </kbd>
      </div>
    </div>
  );
}

function Controls({ choice, choose }: { choice: Choice; choose: (part: Partial<Choice>) => void }): ReactNode {
  const assets = useAssets();
  return (
    <div className="controls">
      <Search choice={choice} choose={choose} />
      <Segments
        label="Show"
        options={FILTERS}
        selected={choice.filter as ''}
        onSelect={(filter) => choose({ filter })}
      />
      <label className="select">
        <span className="select__label">Backed by</span>
        <span className="field__box">
          <select value={choice.asset} onChange={(event) => choose({ asset: event.target.value })}>
            <option value="">any asset</option>
            {assets.data?.data.map((asset) => (
              <option key={asset.address} value={asset.address}>
                {asset.symbol}
              </option>
            ))}
          </select>
        </span>
      </label>
      <label className="select select--narrow">
        <span className="select__label">Sort by</span>
        <span className="field__box">
          <select
            value={`${choice.sort} ${choice.order}`}
            onChange={(event) => {
              const [sort = '', order] = event.target.value.split(' ');
              choose({ sort, order: order === 'asc' ? 'asc' : 'desc' });
            }}
          >
            {SORTS.flatMap(([sort, title]) => [
              <option key={`${sort} desc`} value={`${sort} desc`}>
                {title} ↓
              </option>,
              <option key={`${sort} asc`} value={`${sort} asc`}>
                {title} ↑
              </option>,
            ])}
          </select>
        </span>
      </label>
    </div>
  );
}

function Nothing({ choice, choose }: { choice: Choice; choose: (part: Partial<Choice>) => void }): ReactNode {
  if (choice.search === '' && choice.filter === '' && choice.asset === '') {
    return (
      <EmptyState
        title="No token is launched yet"
        actions={
          <ButtonLink to="/launch" look="primary">
            Launch a token
          </ButtonLink>
        }
      >
        A token appears here as soon as the block of its launch is indexed.
      </EmptyState>
    );
  }
  return (
    <EmptyState
      title="No token fits"
      actions={<Button onClick={() => choose({ search: '', filter: '', asset: '' })}>Show all tokens</Button>}
    >
      {choice.search === ''
        ? 'None has what the filter asks for.'
        : `None has “${choice.search}” in its name or symbol, or as its address.`}
    </EmptyState>
  );
}

/** Every token, searchable and sortable. */
export function TokensPage(): ReactNode {
  useTitle('');
  const [choice, choose] = useChoice();
  const { search, filter, asset, sort, order, cursor } = choice;
  const tokens = useTokens({ search, filter, asset, sort, order, cursor, limit: PAGE });
  const rows = tokens.data?.data;
  const next = tokens.data?.next;
  return (
    // The keys that are heard here move focus between links, which stay reachable without them.
    // eslint-disable-next-line jsx-a11y/no-static-element-interactions
    <div className="page" onKeyDown={walkRows}>
      <div className="page__head">
        <h1>Tokens</h1>
        <p className="quiet">What backs each token, how much, and what the market asks for it.</p>
      </div>
      <Controls choice={choice} choose={choose} />
      {rows === undefined ? (
        tokens.isError ? (
          <ErrorState error={tokens.error} onRetry={() => void tokens.refetch()} />
        ) : (
          <SkeletonRows what="tokens" rows={8} height={56} />
        )
      ) : rows.length === 0 ? (
        <Nothing choice={choice} choose={choose} />
      ) : (
        <div
          className={tokens.isPlaceholderData ? 'tokens tokens--changing' : 'tokens'}
          aria-busy={tokens.isPlaceholderData}
        >
          <Table
            caption="Tokens"
            columns={columns(rows, tokens.data?.as_of, choice, choose)}
            rows={rows}
            rowKey={(token) => token.token}
          />
        </div>
      )}
      {cursor !== '' || next ? (
        <nav className="pager" aria-label="Pages">
          <Button
            disabled={cursor === ''}
            onClick={() => (window.history.state?.idx > 0 ? window.history.back() : choose({ cursor: '' }))}
          >
            Previous
          </Button>
          <Button disabled={!next} onClick={() => choose({ cursor: next ?? '' }, true)}>
            Next {PAGE}
          </Button>
          {cursor === '' ? null : (
            <Button look="quiet" onClick={() => choose({ cursor: '' })}>
              To the first page
            </Button>
          )}
        </nav>
      ) : null}
    </div>
  );
}
