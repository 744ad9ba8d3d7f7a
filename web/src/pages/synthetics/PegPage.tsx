import type { ReactNode } from 'react';
import { useBackstopMoves, useLosses, usePegMoves } from '../../api/synthetics';
import type { BackstopMoveView, BackstopView, LossView, PegMoveView, PegView } from '../../api/vaultTypes';
import { dateTimeText, durationText, exactDecimal, wadPercentText } from '../../format';
import { Address, Amount, ButtonLink, EmptyState, Notice, Price, Table, Time } from '../../ui';
import { None, Transaction } from '../facts';
import { LoadedPages } from '../token/Loaded';
import { Section } from '../token/Section';
import { useTitle } from '../useTitle';
import { Backing } from './Backing';
import { AmountFigure, Key, RowsOrigin, ShareFigure, StateTag, Used, VaultExports, marketName } from './parts';
import { SyntheticHead, WithSynthetic, type Shared } from './Shell';
import { bookSource, eventSource, partSource } from './sources';
import { ageText } from './words';

const LOSS_WORDS: Record<string, string> = {
  take: 'Booked by a take',
  book: 'Booked without a sale',
  peg: 'Booked by the peg module',
  covered: 'Paid',
  peg_back: 'Came back to the peg module',
};
const PAYERS: Record<string, string> = {
  earnings: 'interest and surplus',
  backstop: 'the backstop',
  holders: 'all holders alike',
  account: 'an account',
};

function Term({ sign, name, children }: { sign: string; name: string; children: ReactNode }): ReactNode {
  return (
    <div className="equation__row">
      <span className="equation__sign" aria-hidden="true">
        {sign}
      </span>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** The equation of the contract with its figures in place. */
function Equation({ synthetic, asOf }: Shared): ReactNode {
  const { symbol } = synthetic;
  const figure = (label: string, value: string, call: string, formula?: string) => (
    <AmountFigure
      label={label}
      value={value}
      unit={symbol}
      significant={14}
      places={2}
      asOf={asOf}
      source={bookSource(synthetic, label, call, formula)}
    />
  );
  const equity = synthetic.equity === null ? null : BigInt(synthetic.equity);
  return (
    <div className="stack">
      <dl className="equation">
        <Term sign="" name="Owed by all vaults">
          {figure('Owed by all vaults', synthetic.debt, 'totals()', 'debt of each market, rounded down')}
        </Term>
        <Term sign="+" name="Custody of the peg module, at most at face value">
          {synthetic.peg_backing === null ? (
            <None why="the custody token has no price" />
          ) : (
            figure(
              'Worth of the custody',
              synthetic.peg_backing,
              'backing(ledger)',
              'custody at its low price, at most the ledger',
            )
          )}
        </Term>
        <Term sign="−" name={`Supply of ${symbol}`}>
          {figure('Supply', synthetic.supply, 'totalSupply()')}
        </Term>
        <div className="equation__row equation__row--sum">
          <span className="equation__sign" aria-hidden="true">
            =
          </span>
          <dt>Equity</dt>
          <dd>
            {equity === null ? (
              <None why="the custody token has no price" />
            ) : (
              figure('Equity', equity.toString(), 'equity()')
            )}
          </dd>
        </div>
      </dl>
      {equity !== null && equity < 0n ? (
        <Notice kind="breach" title={`Less stands behind ${symbol} than exists`}>
          The difference is a loss that is booked and not yet paid. Redemptions and exits pay each holder the same share
          until it is.
        </Notice>
      ) : null}
    </div>
  );
}

/** Who pays a loss, in the order in which they do, and what each has now. */
function Order({ synthetic, asOf }: Shared): ReactNode {
  const { symbol, backstop } = synthetic;
  const earned =
    BigInt(synthetic.debt) + BigInt(synthetic.deficit) + BigInt(synthetic.peg_ledger) - BigInt(synthetic.supply);
  const rows = [
    {
      name: 'Uncollected interest',
      text: 'What vaults owe beyond what was minted to them.',
      value: (
        <AmountFigure
          label="Uncollected interest"
          value={earned}
          unit={symbol}
          asOf={asOf}
          source={bookSource(synthetic, 'earned', 'totals()', 'debt, deficit and peg ledger, less the supply')}
        />
      ),
    },
    {
      name: 'Surplus',
      text: 'What the book holds of itself.',
      value: (
        <AmountFigure
          label="Surplus"
          value={synthetic.surplus}
          unit={symbol}
          asOf={asOf}
          source={bookSource(synthetic, 'surplus', 'balanceOf(book)')}
        />
      ),
    },
    {
      name: 'Backstop',
      text: backstop === null ? 'There is none.' : 'Deposits of those who earn the surplus and stand for losses.',
      value:
        backstop === null ? (
          'none'
        ) : backstop.assets === null ? (
          <None why="what it holds has no price now" />
        ) : (
          <AmountFigure
            label="Assets of the backstop"
            value={backstop.assets}
            unit={symbol}
            asOf={asOf}
            source={partSource(backstop.address, 'totalAssets()')}
          />
        ),
    },
    {
      name: 'All holders alike',
      text: `While a deficit stands, each ${symbol} redeems for the same share of face value.`,
      value:
        synthetic.haircut_wad === null ? (
          <None why="the custody token has no price" />
        ) : (
          <ShareFigure
            label="Share of face value"
            wad={synthetic.haircut_wad}
            asOf={asOf}
            source={bookSource(synthetic, 'haircut_wad', 'haircut()')}
          />
        ),
    },
  ];
  return (
    <>
      <ol className="order">
        {rows.map((row) => (
          <li key={row.name}>
            <div>
              <strong>{row.name}</strong>
              <p className="quiet small">{row.text}</p>
            </div>
            <div className="order__value">{row.value}</div>
          </li>
        ))}
      </ol>
      {synthetic.deficit === '0' ? null : (
        <p className="quiet small">
          Owners still repay at face value while a deficit stands. Each such repayment lowers the share that is left a
          little.
        </p>
      )}
    </>
  );
}

function Losses({ shared, near }: { shared: Shared; near: boolean }): ReactNode {
  const { synthetic } = shared;
  const pages = useLosses(synthetic.address, near);
  const nameOf = (row: LossView) => {
    const market = synthetic.markets.find((each) => each.id === row.market);
    return market === undefined ? 'peg module' : marketName(synthetic.symbol, market);
  };
  return (
    <LoadedPages
      pages={pages}
      what="losses"
      empty={
        <EmptyState title="No loss was ever booked">
          A loss is booked in the transaction in which it comes up, by a take or without a sale, and stands here.
        </EmptyState>
      }
    >
      {(rows, at) => (
        <>
          <Table
            caption="Losses and who paid them, the newest first"
            rows={rows}
            rowKey={(row) => `${row.block}-${row.log_index}`}
            columns={[
              { key: 'time', title: 'Time', label: '', heading: true, cell: (row) => <Time at={row.time} /> },
              {
                key: 'kind',
                title: 'What',
                cell: (row) => (
                  <>
                    {LOSS_WORDS[row.kind] ?? row.kind}
                    {row.paid_by === null ? '' : ` by ${PAYERS[row.paid_by] ?? row.paid_by}`}
                  </>
                ),
              },
              { key: 'market', title: 'Of', cell: nameOf },
              {
                key: 'amount',
                title: `Deficit, ${synthetic.symbol}`,
                number: true,
                cell: (row) => {
                  const paid = row.kind === 'covered' || row.kind === 'peg_back';
                  return (
                    <>
                      {paid ? '' : '+'}
                      <Amount
                        value={paid ? -BigInt(row.amount) : row.amount}
                        decimals={18}
                        places={2}
                        significant={12}
                      />
                    </>
                  );
                },
              },
              {
                key: 'who',
                title: 'Account',
                cell: (row) => {
                  const who = row.owner ?? row.payer;
                  return who === null ? <None why="all holders alike, or nobody" /> : <Address value={who} />;
                },
              },
              { key: 'transaction', title: 'Transaction', cell: (row) => <Transaction hash={row.transaction} /> },
            ]}
          />
          <RowsOrigin asOf={at} source={eventSource(synthetic.address, 'Taken, Booked, Covered')} />
        </>
      )}
    </LoadedPages>
  );
}

function PegKeys({ synthetic, asOf, peg }: Shared & { peg: PegView }): ReactNode {
  const { custody_token: token } = peg;
  return (
    <dl className="keys">
      <Key name="Custody" more={<>in the module, of {token.name}</>}>
        <AmountFigure
          label="Custody of the peg module"
          value={peg.custody}
          decimals={token.decimals}
          unit={token.symbol}
          asOf={asOf}
          source={partSource(peg.module, 'custody()')}
        />
      </Key>
      <Key name="Ledger" more={<Used part={BigInt(peg.ledger)} whole={BigInt(peg.cap)} name="cap" />}>
        <AmountFigure
          label="Minted by the peg module and not burned again"
          value={peg.ledger}
          unit={synthetic.symbol}
          asOf={asOf}
          source={bookSource(synthetic, 'peg_ledger', 'totals()')}
        />
      </Key>
      <Key
        name={`Price of ${token.symbol}`}
        more={
          peg.price === null ? undefined : (
            <>
              <StateTag state={peg.price.state} /> {ageText(peg.price)}
            </>
          )
        }
      >
        {peg.price === null ? <None why="it has no price here" /> : <Price wad={peg.price.low} significant={6} />}
      </Key>
      <Key
        name="Entry"
        more={`open while the low price is at least ${exactDecimal(BigInt(peg.entry_price_least), 18)}`}
      >
        fee {wadPercentText(BigInt(peg.fee_in_wad))}
      </Key>
      <Key name="Exit" more="always open">
        fee {wadPercentText(BigInt(peg.fee_out_wad))}
      </Key>
    </dl>
  );
}

const PEG_WORDS: Record<string, string> = {
  entered: 'Entered',
  exited: 'Left',
  marked: 'Loss written to the deficit',
  marked_back: 'Loss taken back',
  custody_lost: 'Custody lost',
  fees_collected: 'Fees collected',
  cap_set: 'Cap set',
};

function PegMoves({ shared, peg, near }: { shared: Shared; peg: PegView; near: boolean }): ReactNode {
  const pages = usePegMoves(shared.synthetic.address, near);
  return (
    <LoadedPages pages={pages} what="moves" empty={<EmptyState title="Nobody has used the peg module yet" />}>
      {(rows) => (
        <Table<PegMoveView>
          caption="Moves of the peg module"
          rows={rows}
          rowKey={(row) => `${row.block}-${row.log_index}`}
          columns={[
            { key: 'time', title: 'Time', label: '', heading: true, cell: (row) => <Time at={row.time} /> },
            { key: 'kind', title: 'What', cell: (row) => PEG_WORDS[row.kind] ?? row.kind },
            {
              key: 'units',
              title: peg.custody_token.symbol,
              number: true,
              cell: (row) => <Amount value={row.units} decimals={peg.custody_token.decimals} significant={9} />,
            },
            {
              key: 'amount',
              title: shared.synthetic.symbol,
              number: true,
              cell: (row) => <Amount value={row.amount} decimals={18} significant={9} />,
            },
            {
              key: 'account',
              title: 'Account',
              cell: (row) => (row.account === null ? <None why="nobody is named" /> : <Address value={row.account} />),
            },
            { key: 'transaction', title: 'Transaction', cell: (row) => <Transaction hash={row.transaction} /> },
          ]}
        />
      )}
    </LoadedPages>
  );
}

function Peg({ shared, near }: { shared: Shared; near: boolean }): ReactNode {
  const { peg } = shared.synthetic;
  if (peg === null) {
    return (
      <EmptyState title="This synthetic has no peg module">
        Its price is held by redemption and by minting alone.
      </EmptyState>
    );
  }
  return (
    <div className="stack">
      <PegKeys {...shared} peg={peg} />
      {peg.deficit === '0' ? null : (
        <Notice kind="breach" title="The custody lost value">
          <Amount value={peg.deficit} decimals={18} unit={shared.synthetic.symbol} /> of its loss is not paid yet.
        </Notice>
      )}
      <PegMoves shared={shared} peg={peg} near={near} />
    </div>
  );
}

function BackstopKeys({ shared, backstop }: { shared: Shared; backstop: BackstopView }): ReactNode {
  const { synthetic, asOf } = shared;
  const amount = (label: string, value: string, call: string) => (
    <AmountFigure
      label={label}
      value={value}
      unit={synthetic.symbol}
      asOf={asOf}
      source={partSource(backstop.address, call)}
    />
  );
  return (
    <dl className="keys">
      <Key name="Assets" more={`${backstop.holders} holders of ${backstop.symbol}`}>
        {backstop.assets === null ? (
          <None why="collateral that it holds has no price now" />
        ) : (
          amount('Assets of the backstop', backstop.assets, 'totalAssets()')
        )}
      </Key>
      <Key
        name="Still drips in"
        more={backstop.dripping === '0' ? 'nothing is on its way' : `until ${dateTimeText(backstop.drips_until)}`}
      >
        {amount('What still drips in', backstop.dripping, 'accounts()')}
      </Key>
      <Key name="Waits to enter" more={`at least ${durationText(backstop.cooldown_secs)}`}>
        {amount('What waits to enter', backstop.entering, 'accounts()')}
      </Key>
      <Key name="Waits to be claimed" more="of settled exits">
        {amount('What waits to be claimed', backstop.owed, 'accounts()')}
      </Key>
      <Key name="Epoch" more={`ends ${dateTimeText(backstop.epoch_ends_at)}`}>
        {backstop.epoch}
      </Key>
    </dl>
  );
}

const BACKSTOP_WORDS: Record<string, string> = {
  entry_requested: 'Asked to enter',
  entry_cancelled: 'Took the request back',
  entry_claimed: 'Claimed shares',
  exit_requested: 'Asked to leave',
  exit_claimed: 'Claimed what left',
  entered: 'Entries settled',
  exited: 'Exits settled',
  bought: 'Bought from a vault',
  sold: 'Sold collateral',
  paid: 'Paid a loss',
  dripped: 'Surplus arrived',
};

function BackstopMoves({ shared, near }: { shared: Shared; near: boolean }): ReactNode {
  const pages = useBackstopMoves(shared.synthetic.address, near);
  return (
    <LoadedPages pages={pages} what="moves" empty={<EmptyState title="Nothing has happened at the backstop yet" />}>
      {(rows) => (
        <Table<BackstopMoveView>
          caption="Moves of the backstop"
          rows={rows}
          rowKey={(row) => `${row.block}-${row.log_index}`}
          columns={[
            { key: 'time', title: 'Time', label: '', heading: true, cell: (row) => <Time at={row.time} /> },
            { key: 'kind', title: 'What', cell: (row) => BACKSTOP_WORDS[row.kind] ?? row.kind },
            {
              key: 'amount',
              title: shared.synthetic.symbol,
              number: true,
              cell: (row) => <Amount value={row.amount} decimals={18} significant={9} />,
            },
            {
              key: 'collateral',
              title: 'Collateral',
              number: true,
              cell: (row) => {
                const market = shared.synthetic.markets.find((each) => each.id === row.market);
                if (market === undefined || row.collateral === '0') return <None why="none moved" />;
                return (
                  <Amount
                    value={row.collateral}
                    decimals={market.collateral.decimals}
                    unit={market.collateral.symbol}
                    significant={7}
                  />
                );
              },
            },
            {
              key: 'account',
              title: 'Account',
              cell: (row) => (row.account === null ? <None why="nobody is named" /> : <Address value={row.account} />),
            },
            { key: 'transaction', title: 'Transaction', cell: (row) => <Transaction hash={row.transaction} /> },
          ]}
        />
      )}
    </LoadedPages>
  );
}

function Lots({ shared, backstop }: { shared: Shared; backstop: BackstopView }): ReactNode {
  if (backstop.lots.length === 0) return null;
  return (
    <>
      <h3 className="section__part">Collateral that it sells</h3>
      <Table
        caption="Collateral that the backstop sells"
        rows={backstop.lots}
        rowKey={(lot) => lot.market}
        columns={[
          {
            key: 'held',
            title: 'Held',
            label: '',
            heading: true,
            cell: (lot) => <Amount value={lot.held} decimals={lot.collateral.decimals} unit={lot.collateral.symbol} />,
          },
          {
            key: 'ask',
            title: 'Asks now',
            number: true,
            cell: (lot) =>
              lot.ask === null ? (
                <None why="the sale waits for a price" />
              ) : (
                <Price wad={lot.ask} unit={shared.synthetic.symbol} />
              ),
          },
          { key: 'since', title: 'Falls since', cell: (lot) => <Time at={lot.started_at} /> },
        ]}
      />
    </>
  );
}

function Backstop({ shared, near }: { shared: Shared; near: boolean }): ReactNode {
  const { backstop } = shared.synthetic;
  if (backstop === null) {
    return (
      <EmptyState title="This synthetic has no backstop">
        After interest and surplus, a loss is shared by all holders alike.
      </EmptyState>
    );
  }
  return (
    <div className="stack">
      <BackstopKeys shared={shared} backstop={backstop} />
      <Lots shared={shared} backstop={backstop} />
      <BackstopMoves shared={shared} near={near} />
    </div>
  );
}

function Content(shared: Shared): ReactNode {
  const { synthetic } = shared;
  useTitle(`Peg and equity of ${synthetic.symbol}`);
  return (
    <div className="page page--token">
      <SyntheticHead
        {...shared}
        title="Peg and equity"
        path="Peg and equity"
        lead={`Whether everything that exists of ${synthetic.symbol} is backed, what holds its price at face value, and who pays when something is lost.`}
      />
      <Section id="equation" title="The equation" lead="One call of the contract; each figure can be opened.">
        {() => <Equation {...shared} />}
      </Section>
      <Section id="backing" title="What stands behind it">
        {() => <Backing {...shared} />}
      </Section>
      <Section id="order" title="Who pays a loss" lead="In this order, each as far as it goes, before the next.">
        {() => <Order {...shared} />}
      </Section>
      <Section
        id="losses"
        title="Losses so far"
        lead="Booked in the transaction in which they came up, and paid."
        tools={<VaultExports table="losses" synthetic={synthetic.address} />}
      >
        {(near) => <Losses shared={shared} near={near} />}
      </Section>
      <Section
        id="module"
        title="Peg module"
        lead={
          synthetic.peg === null
            ? undefined
            : `Exchanges ${synthetic.symbol} and ${synthetic.peg.custody_token.symbol} at face value less a fee: in while the custody token is worth it, out always.`
        }
        tools={
          synthetic.peg === null ? undefined : (
            <ButtonLink to={`/synthetic/${synthetic.address}/exchange`}>Exchange</ButtonLink>
          )
        }
      >
        {(near) => <Peg shared={shared} near={near} />}
      </Section>
      <Section
        id="backstop"
        title="Backstop"
        tools={
          synthetic.backstop === null ? undefined : (
            <ButtonLink to={`/synthetic/${synthetic.address}/backstop`}>Deposit or withdraw</ButtonLink>
          )
        }
      >
        {(near) => <Backstop shared={shared} near={near} />}
      </Section>
    </div>
  );
}

/** The equation, the order of losses, the peg module and the backstop. */
export default function PegPage(): ReactNode {
  return <WithSynthetic>{(shared) => <Content key={shared.synthetic.address} {...shared} />}</WithSynthetic>;
}
