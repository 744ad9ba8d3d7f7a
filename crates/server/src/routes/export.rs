//! Every table and series as CSV or JSON, streamed page by page.

use std::sync::Arc;

use alloy::primitives::{Address, U256};
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use ballast_store::{
    Balance, Column, FeeChange, Fill, Floor, FloorPeriod, Inflow, InflowPeriod, Ledger, Loan,
    Price, PricePeriod, RawLog, Record, Row, Supply, Token, Trade, Value,
};
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use tokio::sync::OwnedSemaphorePermit;

use crate::app::App;
use crate::decode::{Role, contracts, decode};
use crate::figures::token_of;
use crate::http::path::FileInPath;
use crate::live::written;
use crate::problem::Problem;
use crate::query::Query;
use crate::routes::Refusals;
use crate::routes::events::{Wanted, page, place};
use crate::routes::synthetics::history::parts;
use crate::snapshot::{Snapshot, Stamp};
use crate::synthetics::state::record_of;

use self::cells::{AsCell, Cell, Exported, exported, field, json};

mod cells;
mod synthetics;

/// Rows read at once.
const ROWS: u64 = 1_000;

/// What can be exported.
const TABLES: [&str; 41] = [
    "tokens",
    "holders",
    "loans",
    "trades",
    "fills",
    "events",
    "floors",
    "prices",
    "floor_hours",
    "floor_days",
    "price_hours",
    "price_days",
    "inflows",
    "inflow_hours",
    "inflow_days",
    "fee_changes",
    "supplies",
    "ledgers",
    "synthetics",
    "vault_markets",
    "vaults",
    "vault_changes",
    "takes",
    "redemptions",
    "losses",
    "asset_prices",
    "price_sources",
    "price_points",
    "asset_price_hours",
    "asset_price_days",
    "price_faults",
    "reports",
    "peg_modules",
    "peg_moves",
    "backstops",
    "backstop_lots",
    "backstop_requests",
    "backstop_moves",
    "governors",
    "governor_calls",
    "rate_steps",
];

/// A table or series as a file
///
/// `FILE` is the table with `.csv` or `.json`: tokens, holders, loans, trades, fills, events, floors, prices,
/// floor_hours, floor_days, price_hours, price_days, inflows, inflow_hours, inflow_days, fee_changes, supplies or
/// ledgers; of synthetics, synthetics, vault_markets, vaults, vault_changes, takes, redemptions, losses, asset_prices,
/// price_sources, price_points, asset_price_hours, asset_price_days, price_faults, reports, peg_modules, peg_moves,
/// backstops, backstop_lots, backstop_requests, backstop_moves, governors, governor_calls or rate_steps. Amounts are exact, in base units; lists are parted by spaces in CSV. What comes in while the file is written
/// may be in it.
#[utoipa::path(
    get,
    path = "/v1/export/{file}",
    tag = "export",
    params(
        ("file" = String, Path, pattern = "^(tokens|holders|loans|trades|fills|events|floors|prices|floor_hours|floor_days|price_hours|price_days|inflows|inflow_hours|inflow_days|fee_changes|supplies|ledgers|synthetics|vault_markets|vaults|vault_changes|takes|redemptions|losses|asset_prices|price_sources|price_points|asset_price_hours|asset_price_days|price_faults|reports|peg_modules|peg_moves|backstops|backstop_lots|backstop_requests|backstop_moves|governors|governor_calls|rate_steps)\\.(csv|json)$", description = "Table and form"),
        ("token" = Option<String>, Query, pattern = "^0x[0-9a-fA-F]{40}$", description = "Only this token's or synthetic's rows"),
        ("from" = Option<u64>, Query, maximum = 17179869180u64, description = "First unix second, for what has a time"),
        ("to" = Option<u64>, Query, maximum = 17179869180u64, description = "Last unix second"),
    ),
    responses((status = 200, content((String = "text/csv"), (Vec<serde_json::Value> = "application/json"))), Refusals)
)]
pub(crate) async fn export(
    State(app): State<App>,
    FileInPath(table, form): FileInPath,
    query: Query,
) -> Result<Response, Problem> {
    query.only(&["token", "from", "to"])?;
    let csv = match form.as_str() {
        "csv" => true,
        "json" => false,
        _ => {
            let limit = "a table's name and .csv or .json";
            return Err(Problem::unknown("file", format!("file must be {limit}")));
        }
    };
    let table = TABLES.into_iter().find(|known| *known == table);
    let table = table.ok_or_else(|| {
        let known = TABLES.join(", ");
        Problem::unknown(
            "file",
            format!("file must be one of {known}, with .csv or .json"),
        )
    })?;
    let token = query.address("token")?;
    let span = query.span()?;
    let stamp = Stamp::read(&app).await?;
    let stamp = stamp.ok_or_else(|| Problem::not_ready("nothing is indexed yet"))?;
    let snapshot = Snapshot::new(&app, stamp);
    let of = match token {
        Some(token) => Some(Of::read(&snapshot, token).await?),
        None => None,
    };
    let permit = Arc::clone(&app.exports).try_acquire_owned().map_err(|_| {
        let limit = format!("at most {} at once", app.options.exports_max);
        Problem::of_field(StatusCode::TOO_MANY_REQUESTS, "exports", limit, "")
    })?;
    let mut writer = Writer {
        snapshot,
        table,
        csv,
        of,
        span,
        place: None,
        done: false,
        opened: false,
        _permit: permit,
    };
    // Who compresses a stream may ask once more after its end: hence the fuse.
    // The first page is read before anything is promised.
    let first = writer.page().await?;
    let rest = stream::unfold(writer, async |mut writer| {
        if writer.done {
            return None;
        }
        let page = writer.page().await;
        let failed = page.is_err();
        writer.done = writer.done || failed;
        Some((page.map_err(|problem| problem.detail().to_owned()), writer))
    });
    let chunks = stream::iter([Ok::<_, String>(first)]).chain(rest);
    file(
        table,
        csv,
        Body::from_stream(
            chunks
                .map(|chunk| chunk.map_err(std::io::Error::other))
                .fuse(),
        ),
    )
}

fn file(table: &str, csv: bool, body: Body) -> Result<Response, Problem> {
    let (kind, extension) = if csv {
        ("text/csv; charset=utf-8", "csv")
    } else {
        ("application/json", "json")
    };
    let name = format!("attachment; filename=\"ballast-{table}.{extension}\"");
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Ok(name) = HeaderValue::from_str(&name) {
        headers.insert(header::CONTENT_DISPOSITION, name);
    }
    Ok(response)
}

exported! {
    Token { token, reserve, owner, converter, pool, liquidity_lock, assets, seeds, block, time }
    Balance { token, holder, amount }
    Loan {
        reserve, loan, token, borrower, collateral, principal, first_collateral, first_principal, deadline_unpaused,
        status, opened, opened_at, changed, changed_at
    }
    Trade { block, log_index, time, token, pool, recipient, is_buy, tokens, assets, price_wad }
    Fill { block, log_index, time, token, converter, bidder, recipient, tokens, multiple, paid }
    Floor { token, block, time, floors }
    Price { token, block, time, price_wad }
    FloorPeriod { token, period_secs, starts, block, opens, closes }
    PricePeriod {
        token, period_secs, starts, block, open, high, low, close, volume_tokens, volume_assets, trades
    }
    Inflow { reserve, asset_index, source, amount }
    InflowPeriod { reserve, asset_index, source, period_secs, starts, amount }
    FeeChange { block, log_index, time, token, buy_bps, sell_bps, effective_at }
    Supply { token, supply, unspendable }
    Ledger { reserve, asset_index, cash, lent, synced_at, vesting, pending }
}

/// What an export is narrowed to.
#[derive(Clone, Debug)]
struct Of {
    /// A token or a synthetic.
    token: Address,
    reserve: Option<Address>,
    prices: Option<Address>,
    backstop: Option<Address>,
    governor: Option<Address>,
    /// Its contracts.
    parts: Vec<(Address, Role)>,
}

impl Of {
    /// The token or the synthetic at `address`; 404 where there is neither.
    async fn read(snapshot: &Snapshot, address: Address) -> Result<Self, Problem> {
        if let Ok(record) = record_of(snapshot, address) {
            return Ok(Self {
                token: address,
                reserve: None,
                prices: Some(record.prices.address),
                backstop: record.backstop.map(|part| part.address),
                governor: Some(record.governor.address),
                parts: parts(snapshot, address).await?,
            });
        }
        let token = token_of(snapshot, address).await?;
        Ok(Self {
            token: address,
            reserve: Some(token.reserve),
            prices: None,
            backstop: None,
            governor: None,
            parts: contracts(&token),
        })
    }
}

/// An export on its way.
struct Writer {
    snapshot: Snapshot,
    table: &'static str,
    csv: bool,
    of: Option<Of>,
    span: (u64, u64),
    /// The key of the last row written.
    place: Option<Row>,
    done: bool,
    opened: bool,
    _permit: OwnedSemaphorePermit,
}

impl Writer {
    fn token(&self) -> [Value; 2] {
        let token = self.of.as_ref().map(|of| of.token);
        [
            token.unwrap_or_default().to_value(),
            u64::from(token.is_some()).to_value(),
        ]
    }

    fn reserve(&self) -> [Value; 2] {
        let of = self.of.as_ref();
        let reserve = of.and_then(|of| of.reserve);
        [
            reserve.unwrap_or_default().to_value(),
            u64::from(of.is_some()).to_value(),
        ]
    }

    fn times(&self) -> [Value; 2] {
        [self.span.0.to_value(), self.span.1.to_value()]
    }

    /// The place to go on after, which is before everything at first.
    fn after(&self, start: &[Value]) -> Row {
        self.place.clone().unwrap_or_else(|| start.to_vec())
    }

    /// The next page as text.
    async fn page(&mut self) -> Result<Bytes, Problem> {
        let zero = 0_u64.to_value();
        let none = Address::ZERO.to_value();
        let name = String::new().to_value();
        let chain = [zero.clone(), zero.clone()];
        let (timed, token, reserve) = (self.times(), self.token(), self.reserve());
        let by_token = [timed.as_slice(), token.as_slice()].concat();
        let by_reserve = [timed.as_slice(), reserve.as_slice()].concat();
        let pair = [none.clone(), zero.clone()];
        match self.table {
            "tokens" => self.tokens(&by_token).await,
            "holders" => self.rows::<Balance>(&[none.clone(), none], &token).await,
            "loans" => {
                let start = [none, U256::ZERO.to_value()];
                self.rows::<Loan>(&start, &by_token).await
            }
            "trades" => self.rows::<Trade>(&chain, &by_token).await,
            "fills" => self.rows::<Fill>(&chain, &by_token).await,
            "fee_changes" => self.rows::<FeeChange>(&chain, &by_token).await,
            "floors" => self.rows::<Floor>(&pair, &by_token).await,
            "prices" => self.rows::<Price>(&pair, &by_token).await,
            "supplies" => self.rows::<Supply>(&[none], &token).await,
            "ledgers" => {
                // The first asset of an address of zeros is before every row there can be.
                self.rows::<Ledger>(&pair, &reserve).await
            }
            "inflows" => self.rows::<Inflow>(&[none, zero, name], &reserve).await,
            "inflow_hours" | "inflow_days" => {
                let start = [none, zero.clone(), name, self.period().to_value(), zero];
                self.rows::<InflowPeriod>(&start, &by_reserve).await
            }
            "floor_hours" | "floor_days" => {
                let start = [none, self.period().to_value(), zero];
                self.rows::<FloorPeriod>(&start, &by_token).await
            }
            "price_hours" | "price_days" => {
                let start = [none, self.period().to_value(), zero];
                self.rows::<PricePeriod>(&start, &by_token).await
            }
            "events" => self.events().await,
            _ => self.of_synthetics().await,
        }
    }

    fn period(&self) -> u64 {
        if self.table.ends_with("days") {
            86_400
        } else {
            3_600
        }
    }

    /// One page of a table whose statement `export` takes its key, then `rest`, then the number of rows.
    async fn rows<R: Exported>(
        &mut self,
        start: &[Value],
        rest: &[Value],
    ) -> Result<Bytes, Problem> {
        let mut params = self.after(start);
        params.extend_from_slice(rest);
        params.push(ROWS.to_value());
        let rows: Vec<R> = self.snapshot.find("export", params).await?;
        self.place = rows.last().map(Record::key).or_else(|| self.place.take());
        let more = u64::try_from(rows.len()).unwrap_or(u64::MAX) >= ROWS;
        let cells: Vec<Vec<Cell>> = rows.iter().map(Exported::cells).collect();
        Ok(self.written(R::NAMES, &cells, more))
    }

    /// Tokens go by launch, which is not their key.
    async fn tokens(&mut self, rest: &[Value]) -> Result<Bytes, Problem> {
        let start = [0_u64.to_value(), Address::ZERO.to_value()];
        let mut params = self.after(&start);
        params.extend_from_slice(rest);
        params.push(ROWS.to_value());
        let rows: Vec<Token> = self.snapshot.find("export", params).await?;
        let last = rows
            .last()
            .map(|one| vec![one.block.to_value(), one.token.to_value()]);
        self.place = last.or_else(|| self.place.take());
        let more = u64::try_from(rows.len()).unwrap_or(u64::MAX) >= ROWS;
        let cells: Vec<Vec<Cell>> = rows.iter().map(Exported::cells).collect();
        Ok(self.written(Token::NAMES, &cells, more))
    }

    /// Events of one token, or of all contracts, decoded.
    async fn events(&mut self) -> Result<Bytes, Problem> {
        const NAMES: [&str; 9] = [
            "block",
            "log_index",
            "time",
            "transaction",
            "token",
            "contract",
            "role",
            "event",
            "args",
        ];
        let after = self.after(&[0_u64.to_value(), 0_u64.to_value()]);
        let number = |index: usize| after.get(index).and_then(u64::from_value).unwrap_or(0);
        let after = (number(0), number(1));
        let (views, next) = match &self.of {
            Some(of) => {
                let wanted = Wanted {
                    names: Vec::new(),
                    contract: None,
                    span: self.span,
                    ascending: true,
                    limit: ROWS,
                    after: Some(after),
                };
                page(&self.snapshot, (of.token, &of.parts), &wanted).await?
            }
            None => self.all_events(after).await?,
        };
        let last = views
            .last()
            .map(|one| vec![one.block.to_value(), one.log_index.to_value()]);
        self.place = last.or_else(|| self.place.take());
        let cells = views.iter().map(|view| {
            vec![
                Cell::Number(view.block),
                Cell::Number(view.log_index),
                Cell::Number(view.time),
                view.transaction.0.cell(),
                view.token.map(|token| token.0).cell(),
                view.contract.0.cell(),
                Cell::Text(written(&view.role).trim_matches('"').to_owned()),
                Cell::Text(view.event.clone()),
                Cell::Text(written(&view.args)),
            ]
        });
        let cells: Vec<Vec<Cell>> = cells.collect();
        Ok(self.written(&NAMES, &cells, next.is_some()))
    }

    async fn all_events(
        &self,
        after: (u64, u64),
    ) -> Result<crate::answer::Page<crate::decode::EventView>, Problem> {
        let numbers = [after.0, after.1, self.span.0, self.span.1, ROWS];
        let params = numbers.iter().map(Column::to_value).collect();
        let logs: Vec<RawLog> = self.snapshot.find("export", params).await?;
        let directory = self.snapshot.app.hub.directory();
        let more = u64::try_from(logs.len()).unwrap_or(u64::MAX) >= ROWS;
        let next = logs
            .last()
            .filter(|_| more)
            .map(|log| place(log.block, log.log_index));
        let view = |log: &RawLog| match directory.get(&log.address) {
            Some((role, token)) => decode(log, *role, Some(*token)),
            None => decode(log, Role::Launchpad, None),
        };
        Ok((logs.iter().map(view).collect(), next))
    }

    /// Rows as text, with what opens and closes the file.
    fn written(&mut self, names: &[&str], rows: &[Vec<Cell>], more: bool) -> Bytes {
        let mut text = String::new();
        let first = !self.opened;
        self.opened = true;
        self.done = !more;
        if self.csv {
            if first {
                text.push_str(&names.join(","));
                text.push_str("\r\n");
            }
            for row in rows {
                let fields: Vec<String> = row.iter().map(field).collect();
                text.push_str(&fields.join(","));
                text.push_str("\r\n");
            }
            return text.into();
        }
        for (index, row) in rows.iter().enumerate() {
            text.push_str(if first && index == 0 { "[\n" } else { ",\n" });
            let pairs = names
                .iter()
                .zip(row)
                .map(|(name, cell)| ((*name).to_owned(), json(cell)));
            text.push_str(&serde_json::Value::Object(pairs.collect()).to_string());
        }
        if first && rows.is_empty() {
            text.push('[');
        }
        if self.done {
            text.push_str("\n]\n");
        }
        text.into()
    }
}
