//! What the market knows beside the newest state: everything that events told so far.

use std::collections::HashMap;

use alloy::primitives::{Address, Log as RawLog, U256};
use alloy::rpc::types::Log;
use alloy::sol_types::{SolEvent, SolEventInterface};
use ballast_bindings::converter::Converter;
use ballast_bindings::peers::{Erc20, Pair};
use ballast_bindings::reserve::Reserve;
use ballast_bindings::token::AccrualToken;
use ballast_chain::accrual::{self, Origins};

use super::actors::{Fees, LastLot};
use super::auction::Auction;
use super::loans::{Intent, Loan, Loans, Pauses};
use super::stage::{BORROWERS, Stage, units};
use super::view::{Balances, View, WAD, float};

/// What borrowers mean to do, taken in turn: every way of a loan is seen soon.
const INTENTS: [Intent; 6] = [
    Intent::Repay,
    Intent::Default,
    Intent::Extend,
    Intent::RepayInParts,
    Intent::ExtendByBurn,
    Intent::Repay,
];

/// Counts of loans.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LoanCounts {
    /// Opened.
    pub opened: u64,
    /// Closed by paying all of it.
    pub repaid: u64,
    /// Payments that left something owed.
    pub part_payments: u64,
    /// Terms added for the fee.
    pub extended: u64,
    /// Terms added by burning collateral.
    pub extended_by_burn: u64,
    /// Foreclosed.
    pub defaulted: u64,
}

/// What the auctions of a converter fetched.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct AuctionCounts {
    /// Fills.
    pub fills: u64,
    /// Fills of a whole lot.
    pub full_lots: u64,
    /// Token base units sold.
    pub tokens_sold: U256,
    /// Lots burned at the floor.
    pub lots_burned: u64,
    /// Liquidity added.
    pub liquidity_added: u64,
    /// Lowest multiple of the floor paid.
    pub lowest: f64,
    /// Highest multiple of the floor paid.
    pub highest: f64,
    /// Sum of multiples, each weighted by its tokens.
    weighted: f64,
    /// Sum of the weights.
    weight: f64,
}

impl AuctionCounts {
    /// Mean multiple of the floor paid, by tokens; none without a fill.
    pub fn mean(&self) -> Option<f64> {
        (self.fills > 0).then(|| self.weighted / self.weight)
    }

    fn fill(&mut self, tokens: U256, multiple: U256, lot: U256) {
        let paid = float(multiple) / WAD as f64;
        self.lowest = if self.fills == 0 {
            paid
        } else {
            self.lowest.min(paid)
        };
        self.highest = self.highest.max(paid);
        self.weighted += paid * float(tokens);
        self.weight += float(tokens);
        self.fills += 1;
        self.full_lots += u64::from(tokens == lot);
        self.tokens_sold += tokens;
    }
}

/// Everything events told about one token.
#[derive(Clone, Debug)]
pub struct TokenBook {
    /// Its auction.
    pub auction: Auction,
    /// Its last full lot.
    pub last_lot: LastLot,
    /// Its pauses.
    pub pauses: Pauses,
    /// Its fees.
    pub fees: Fees,
    /// Whether the creator has something to claim.
    pub claimable: bool,
    /// Swaps in its pool.
    pub swaps: u64,
    /// Where its reserve came from, by asset.
    pub origins: Vec<Origins>,
    /// Counts of its loans.
    pub loans: LoanCounts,
    /// What its auctions fetched.
    pub auctions: AuctionCounts,
    /// Token base units redeemed.
    pub redeemed: U256,
}

/// Everything events told.
#[derive(Clone, Debug)]
pub struct Books {
    /// By token.
    pub tokens: Vec<TokenBook>,
    /// Every open loan.
    pub loans: Loans,
    /// Every balance.
    pub balances: Balances,
    parts: HashMap<Address, (usize, Part)>,
    currencies: Vec<Address>,
    accounts: HashMap<Address, usize>,
}

#[derive(Clone, Copy, Debug)]
enum Part {
    Token,
    Reserve,
    Converter,
    Pool,
}

impl Books {
    /// Books of a market that has just been set up, with the balances read then.
    pub fn new(stage: &Stage, balances: Balances) -> Self {
        let mut parts = HashMap::new();
        for (index, token) in stage.tokens.iter().enumerate() {
            parts.insert(token.token, (index, Part::Token));
            parts.insert(token.reserve, (index, Part::Reserve));
            parts.insert(token.converter, (index, Part::Converter));
            parts.insert(token.pool, (index, Part::Pool));
        }
        let tokens = stage.tokens.iter().map(|token| TokenBook {
            auction: Auction {
                multiple: units(token.spec.start_multiple, 18),
                set_at: token.genesis,
                lot: units(token.spec.supply, 18) / U256::from(1_000),
            },
            last_lot: LastLot::default(),
            pauses: Pauses::default(),
            fees: Fees {
                buy_bps: token.spec.buy_bps,
                sell_bps: token.spec.sell_bps,
            },
            claimable: false,
            swaps: 0,
            origins: vec![Origins::default(); token.spec.assets.len()],
            loans: LoanCounts::default(),
            auctions: AuctionCounts::default(),
            redeemed: U256::ZERO,
        });
        Self {
            tokens: tokens.collect(),
            loans: Loans::default(),
            balances,
            parts,
            currencies: stage.currencies(),
            accounts: stage
                .accounts
                .iter()
                .enumerate()
                .map(|(index, account)| (*account, index))
                .collect(),
        }
    }

    /// Enters one log of the block at `time`.
    pub fn enter(&mut self, log: &Log, time: u64) {
        let address = log.address();
        if self.currencies.contains(&address)
            && let Ok(moved) = Erc20::Transfer::decode_log(&log.inner)
        {
            self.balances
                .transfer(address, moved.from, moved.to, moved.value);
        }
        let Some((token, part)) = self.parts.get(&address).copied() else {
            return;
        };
        match part {
            Part::Token => self.enter_token(token, &log.inner),
            Part::Reserve => {
                accrual::tally(&mut self.tokens[token].origins, log);
                self.enter_reserve(token, &log.inner, time);
            }
            Part::Converter => self.enter_converter(token, &log.inner, time),
            Part::Pool => {
                self.tokens[token].swaps += u64::from(Pair::Swap::decode_log(&log.inner).is_ok());
            }
        }
    }

    /// Takes the chain's word for what events only let one reckon.
    pub fn trust(&mut self, views: &[View], time: u64) {
        for (book, view) in self.tokens.iter_mut().zip(views) {
            book.auction.trust(view.multiple, time);
        }
    }

    fn enter_token(&mut self, token: usize, log: &RawLog) {
        if let Ok(cut) = AccrualToken::FeesCut::decode_log(log) {
            let bps = |word: U256| u16::try_from(word).unwrap_or(u16::MAX);
            self.tokens[token].fees = Fees {
                buy_bps: bps(cut.buyBps),
                sell_bps: bps(cut.sellBps),
            };
        }
    }

    fn enter_reserve(&mut self, token: usize, log: &RawLog, time: u64) {
        let Ok(event) = Reserve::ReserveEvents::decode_log(log) else {
            return;
        };
        match event.data {
            Reserve::ReserveEvents::Borrowed(event) => self.opened(token, &event, time),
            Reserve::ReserveEvents::Repaid(event) => {
                let closed = self
                    .loans
                    .repaid(token, event.loanId, &event.amounts, event.released);
                let counts = &mut self.tokens[token].loans;
                counts.repaid += u64::from(closed);
                counts.part_payments += u64::from(!closed);
                self.then_repay(token, event.loanId, None);
            }
            Reserve::ReserveEvents::Extended(event) => {
                self.tokens[token].loans.extended += 1;
                self.then_repay(token, event.loanId, Some((event.deadline, time)));
            }
            Reserve::ReserveEvents::ExtendedByBurn(event) => {
                self.tokens[token].loans.extended_by_burn += 1;
                if let Some(loan) = self.loans.get_mut(token, event.loanId) {
                    loan.collateral = loan.collateral.saturating_sub(event.burned);
                }
                self.then_repay(token, event.loanId, Some((event.deadline, time)));
            }
            Reserve::ReserveEvents::Foreclosed(event) => {
                self.tokens[token].loans.defaulted += 1;
                self.loans.close(token, event.loanId);
            }
            Reserve::ReserveEvents::Redeemed(event) => self.tokens[token].redeemed += event.tokens,
            Reserve::ReserveEvents::Paused(event) => {
                let until = u64::try_from(event.until).unwrap_or(u64::MAX);
                self.tokens[token].pauses.begin(time, until);
            }
            _ => {}
        }
    }

    fn opened(&mut self, token: usize, event: &Reserve::Borrowed, time: u64) {
        let counts = &mut self.tokens[token].loans;
        counts.opened += 1;
        let turn = usize::try_from(counts.opened - 1).unwrap_or_default();
        let borrower = self.accounts.get(&event.borrower).copied();
        let who = borrower.unwrap_or(BORROWERS.account(0));
        // Who is none of the borrowers took the loan for good.
        let means_to_pay = BORROWERS.accounts().contains(&who) && borrower.is_some();
        let intent = if means_to_pay {
            INTENTS[turn % INTENTS.len()]
        } else {
            Intent::Default
        };
        // Early and late borrowers in turn, none in the last moments: a bar may pass before he acts.
        let left = [0.35, 0.3, 0.4, 0.6, 0.45, 0.8][turn % INTENTS.len()];
        let deadline = self.loan_clock(token, event.deadline, time);
        self.loans.open(Loan {
            id: event.loanId,
            who,
            token,
            collateral: event.collateral,
            principal: event.principal.clone(),
            deadline,
            intent,
            left,
        });
    }

    /// What a borrower who has done his part does next: pay the rest back, late in the term.
    fn then_repay(&mut self, token: usize, id: U256, deadline: Option<(U256, u64)>) {
        let moved = deadline.map(|(deadline, time)| self.loan_clock(token, deadline, time));
        if let Some(loan) = self.loans.get_mut(token, id) {
            loan.intent = Intent::Repay;
            loan.left = 0.25;
            loan.deadline = moved.unwrap_or(loan.deadline);
        }
    }

    /// A deadline that an event of `time` states in unix seconds, on the loan clock.
    fn loan_clock(&self, token: usize, deadline: U256, time: u64) -> u64 {
        let pauses = &self.tokens[token].pauses;
        let paused = time - pauses.clock(time);
        u64::try_from(deadline)
            .unwrap_or(u64::MAX)
            .saturating_sub(paused)
    }

    fn enter_converter(&mut self, token: usize, log: &RawLog, time: u64) {
        let Ok(event) = Converter::ConverterEvents::decode_log(log) else {
            return;
        };
        let book = &mut self.tokens[token];
        match event.data {
            Converter::ConverterEvents::Filled(event) => {
                book.auctions
                    .fill(event.tokens, event.multiple, book.auction.lot);
                if event.tokens == book.auction.lot {
                    book.last_lot.paid = event.paid.first().copied().unwrap_or_default();
                    book.last_lot.sold_at = time;
                }
                book.auction.raise(event.tokens, time);
                book.claimable = true;
            }
            Converter::ConverterEvents::LotBurned(event) => {
                book.auctions.lots_burned += 1;
                book.auction.raise(event.tokens, time);
            }
            Converter::ConverterEvents::LiquidityAdded(_) => {
                book.auctions.liquidity_added += 1;
                book.last_lot.liquidity_at = time;
            }
            Converter::ConverterEvents::Claimed(_) => book.claimable = false,
            _ => {}
        }
    }
}
