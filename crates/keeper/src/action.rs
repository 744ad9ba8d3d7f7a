//! What can be done, as a value: who is called with what, and what that is about.

use std::collections::BTreeMap;

use alloy::primitives::{Address, Bytes, U256, keccak256};
use alloy::sol_types::SolCall;
use ballast_bindings::backstop::Backstop;
use ballast_bindings::book::VaultBook;
use ballast_bindings::converter::Converter;
use ballast_bindings::desk::TakeDesk;
use ballast_bindings::peers::Erc20;
use ballast_bindings::peg::PegModule;
use ballast_bindings::prices::IPrices;
use ballast_bindings::reserve::Reserve;
use ballast_types::TokenAmount;
use serde::Serialize;

use crate::pool::{Hop, Route};
use crate::subject::Subject;

/// What kind of action.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Strategy {
    /// Buy collateral of unhealthy vaults.
    Take,
    /// Start the clock of an unhealthy vault.
    Flag,
    /// Refresh a stored price.
    Poke,
    /// Write a vault's loss to the deficit.
    Book,
    /// Mint interest and pay deficits with it.
    Collect,
    /// Burn synthetic for collateral at face value.
    Redeem,
    /// Let the backstop buy, pay a deficit, or let in what arrived.
    Backstop,
    /// Write a loss of the peg module's custody down, or back.
    Mark,
    /// Close loans whose grace has ended.
    Foreclose,
    /// Buy, burn or pool fee tokens of a converter.
    Convert,
}

impl Strategy {
    /// Its name in configuration, records and metrics.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Take => "take",
            Self::Flag => "flag",
            Self::Poke => "poke",
            Self::Book => "book",
            Self::Collect => "collect",
            Self::Redeem => "redeem",
            Self::Backstop => "backstop",
            Self::Mark => "mark",
            Self::Foreclose => "foreclose",
            Self::Convert => "convert",
        }
    }

    /// Whether it goes before others: what it wants is gone, or worse, a block later.
    pub const fn is_urgent(self) -> bool {
        matches!(self, Self::Take | Self::Poke)
    }
}

/// One call of one contract, with the limits that the chain itself holds it to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Call {
    /// Take with own capital.
    Take {
        /// The book.
        book: Address,
        /// The market.
        market: u64,
        /// Whose vaults, in the order they are sold.
        owners: Vec<Address>,
        /// Most to burn, base units of the synthetic.
        max_paid: U256,
        /// Least to get, base units of the collateral.
        min_collateral: U256,
    },
    /// Take through a desk that sells what pays for it.
    DeskTake {
        /// The desk.
        desk: Address,
        /// The book.
        book: Address,
        /// The market.
        market: u64,
        /// Whose vaults, in the order they are sold.
        owners: Vec<Address>,
        /// Whether the price is asked for anew first.
        poke: bool,
        /// Most to burn, base units of the synthetic.
        max_paid: U256,
        /// Least to get, base units of the collateral.
        min_collateral: U256,
        /// The way to sell.
        route: Route,
        /// Least collateral that must be left, base units.
        min_profit: U256,
        /// Unix seconds after which nothing happens.
        deadline: u64,
    },
    /// Start or stop a clock.
    Flag {
        /// The book.
        book: Address,
        /// The market.
        market: u64,
        /// The owner.
        owner: Address,
    },
    /// Write a loss to the deficit.
    Book {
        /// The book.
        book: Address,
        /// The market.
        market: u64,
        /// The owner.
        owner: Address,
    },
    /// Mint interest, pay deficits, send the surplus.
    Collect {
        /// The book.
        book: Address,
    },
    /// Redeem from a vault.
    Redeem {
        /// The book.
        book: Address,
        /// The market.
        market: u64,
        /// The owner.
        owner: Address,
        /// Most to burn, base units of the synthetic.
        amount: U256,
        /// Least to get, base units of the collateral.
        min_collateral: U256,
    },
    /// Refresh a stored price.
    Poke {
        /// Who keeps it.
        prices: Address,
        /// The asset.
        asset: Address,
    },
    /// Let a backstop buy.
    BackstopTake {
        /// The backstop.
        backstop: Address,
        /// Its book.
        book: Address,
        /// The market.
        market: u64,
        /// Whose vaults.
        owners: Vec<Address>,
        /// Most to pay, base units of the synthetic.
        max_paid: U256,
    },
    /// Let a backstop pay a deficit; the peg module's for the largest market number.
    BackstopCover {
        /// The backstop.
        backstop: Address,
        /// Its book, of which it collects first.
        book: Address,
        /// The market.
        market: U256,
        /// Most to pay, base units of the synthetic.
        amount: U256,
    },
    /// Let in what arrived at a backstop.
    BackstopSync {
        /// The backstop.
        backstop: Address,
    },
    /// Write a loss of custody down, or back.
    Mark {
        /// The peg module.
        peg: Address,
    },
    /// Close loans.
    Foreclose {
        /// The reserve.
        reserve: Address,
        /// Their identifiers.
        loans: Vec<U256>,
    },
    /// Burn fee tokens at the floor.
    BurnLot {
        /// The converter.
        converter: Address,
    },
    /// Add what is set aside to the pool.
    AddLiquidity {
        /// The converter.
        converter: Address,
    },
    /// Let a converter take exactly `amount` of an asset.
    Approve {
        /// The asset.
        asset: Address,
        /// Who may take it.
        spender: Address,
        /// Base units.
        amount: U256,
    },
    /// Buy fee tokens.
    Bid {
        /// The converter.
        converter: Address,
        /// Base units of the token.
        tokens: U256,
        /// Most to pay of each asset, base units.
        max_pay: Vec<U256>,
        /// Who gets the tokens.
        to: Address,
    },
}

fn word(number: u64) -> U256 {
    U256::from(number)
}

impl Call {
    /// Who is called, and with what.
    pub fn encode(&self) -> (Address, Bytes) {
        let (to, data) = match self {
            Self::Take { .. } | Self::DeskTake { .. } => self.encode_take(),
            Self::Flag { .. } | Self::Book { .. } | Self::Collect { .. } | Self::Redeem { .. } => {
                self.encode_book()
            }
            _ => self.encode_other(),
        };
        (to, data.into())
    }

    fn encode_take(&self) -> (Address, Vec<u8>) {
        match self {
            Self::Take {
                book,
                market,
                owners,
                max_paid,
                min_collateral,
            } => {
                let call = VaultBook::takeCall {
                    market: word(*market),
                    owners: owners.clone(),
                    maxPaid: *max_paid,
                    minCollateral: *min_collateral,
                    data: Bytes::new(),
                };
                (*book, call.abi_encode())
            }
            Self::DeskTake {
                desk,
                book,
                market,
                owners,
                poke,
                max_paid,
                min_collateral,
                route,
                min_profit,
                deadline,
            } => {
                let hops = route.hops.iter().map(|hop| TakeDesk::Hop {
                    pair: hop.pair,
                    feeBps: U256::from(hop.fee_bps),
                });
                let order = TakeDesk::TakeOrder {
                    book: *book,
                    market: word(*market),
                    owners: owners.clone(),
                    poke: *poke,
                    maxPaid: *max_paid,
                    minCollateral: *min_collateral,
                    hops: hops.collect(),
                    minProfit: *min_profit,
                    deadline: word(*deadline),
                };
                (*desk, TakeDesk::takeCall { order }.abi_encode())
            }
            _ => (Address::ZERO, Vec::new()),
        }
    }

    fn encode_book(&self) -> (Address, Vec<u8>) {
        match self {
            Self::Flag {
                book,
                market,
                owner,
            } => {
                let (market, owner) = (word(*market), *owner);
                (*book, VaultBook::flagCall { market, owner }.abi_encode())
            }
            Self::Book {
                book,
                market,
                owner,
            } => {
                let (market, owner) = (word(*market), *owner);
                (*book, VaultBook::bookCall { market, owner }.abi_encode())
            }
            Self::Collect { book } => (*book, VaultBook::collectCall {}.abi_encode()),
            Self::Redeem {
                book,
                market,
                owner,
                amount,
                min_collateral,
            } => {
                let call = VaultBook::redeemCall {
                    market: word(*market),
                    owner: *owner,
                    amount: *amount,
                    minCollateral: *min_collateral,
                };
                (*book, call.abi_encode())
            }
            _ => (Address::ZERO, Vec::new()),
        }
    }

    fn encode_other(&self) -> (Address, Vec<u8>) {
        match self {
            Self::Poke { prices, asset } => {
                (*prices, IPrices::pokeCall { asset: *asset }.abi_encode())
            }
            Self::BackstopTake {
                backstop,
                market,
                owners,
                max_paid,
                ..
            } => {
                let call = Backstop::takeCall {
                    market: word(*market),
                    owners: owners.clone(),
                    maxPaid: *max_paid,
                };
                (*backstop, call.abi_encode())
            }
            Self::BackstopCover {
                backstop,
                market,
                amount,
                ..
            } => {
                let (market, amount) = (*market, *amount);
                (
                    *backstop,
                    Backstop::coverCall { market, amount }.abi_encode(),
                )
            }
            Self::BackstopSync { backstop } => (*backstop, Backstop::syncCall {}.abi_encode()),
            Self::Mark { peg } => (*peg, PegModule::markCall {}.abi_encode()),
            Self::Foreclose { reserve, loans } => {
                let call = Reserve::forecloseCall {
                    loanIds: loans.clone(),
                };
                (*reserve, call.abi_encode())
            }
            Self::BurnLot { converter } => (*converter, Converter::burnLotCall {}.abi_encode()),
            Self::AddLiquidity { converter } => {
                (*converter, Converter::addLiquidityCall {}.abi_encode())
            }
            Self::Approve {
                asset,
                spender,
                amount,
            } => {
                let (spender, amount) = (*spender, *amount);
                (*asset, Erc20::approveCall { spender, amount }.abi_encode())
            }
            Self::Bid {
                converter,
                tokens,
                max_pay,
                to,
            } => {
                let call = Converter::bidCall {
                    tokens: *tokens,
                    maxPay: max_pay.clone(),
                    to: *to,
                };
                (*converter, call.abi_encode())
            }
            _ => (Address::ZERO, Vec::new()),
        }
    }

    /// What it is about: nothing of that may be on its way already.
    pub fn about(&self) -> Vec<Subject> {
        let vaults = |book: &Address, market: &u64, owners: &[Address]| {
            let (book, market) = (*book, *market);
            let one = |owner: &Address| Subject::Vault {
                book,
                market,
                owner: *owner,
            };
            owners.iter().map(one).collect::<Vec<_>>()
        };
        match self {
            Self::Take {
                book,
                market,
                owners,
                ..
            }
            | Self::DeskTake {
                book,
                market,
                owners,
                ..
            } => {
                let mut about = vaults(book, market, owners);
                about.push(Subject::Market {
                    book: *book,
                    market: *market,
                });
                about
            }
            Self::Redeem {
                book,
                market,
                owner,
                ..
            } => {
                let mut about = vaults(book, market, &[*owner]);
                about.push(Subject::Market {
                    book: *book,
                    market: *market,
                });
                about
            }
            Self::Flag {
                book,
                market,
                owner,
            }
            | Self::Book {
                book,
                market,
                owner,
            } => vaults(book, market, &[*owner]),
            Self::BackstopTake {
                backstop,
                book,
                market,
                owners,
                ..
            } => {
                let mut about = vaults(book, market, owners);
                about.push(Subject::Backstop {
                    backstop: *backstop,
                });
                about
            }
            _ => self.about_whole(),
        }
    }

    fn about_whole(&self) -> Vec<Subject> {
        match self {
            Self::Collect { book } => vec![Subject::Book { book: *book }],
            Self::Poke { prices, asset } => vec![Subject::Price {
                prices: *prices,
                asset: *asset,
            }],
            // What it covers is what a collection leaves, so one of them at a time.
            Self::BackstopCover { backstop, book, .. } => vec![
                Subject::Backstop {
                    backstop: *backstop,
                },
                Subject::Book { book: *book },
            ],
            Self::BackstopSync { backstop } => vec![Subject::Backstop {
                backstop: *backstop,
            }],
            Self::Mark { peg } => vec![Subject::Peg { peg: *peg }],
            Self::Foreclose { reserve, loans } => {
                let one = |id: &U256| Subject::Loan {
                    reserve: *reserve,
                    id: *id,
                };
                loans.iter().map(one).collect()
            }
            Self::BurnLot { converter }
            | Self::AddLiquidity { converter }
            | Self::Bid { converter, .. }
            | Self::Approve {
                spender: converter, ..
            } => vec![Subject::Converter {
                converter: *converter,
            }],
            _ => Vec::new(),
        }
    }

    /// The call that `data` sent to `to` is; none where it is none of these. `book_of` knows the books of backstops.
    /// What a way is worth is not in the data, so the pairs come back empty.
    pub fn decode(to: Address, data: &[u8], book_of: &BTreeMap<Address, Address>) -> Option<Self> {
        let selector: [u8; 4] = data.get(..4)?.try_into().ok()?;
        let small = |word: U256| u64::try_from(word).ok();
        Some(match selector {
            VaultBook::takeCall::SELECTOR if !book_of.contains_key(&to) => {
                let call = VaultBook::takeCall::abi_decode(data).ok()?;
                Self::Take {
                    book: to,
                    market: small(call.market)?,
                    owners: call.owners,
                    max_paid: call.maxPaid,
                    min_collateral: call.minCollateral,
                }
            }
            TakeDesk::takeCall::SELECTOR => {
                let order = TakeDesk::takeCall::abi_decode(data).ok()?.order;
                let hops = order.hops.iter().map(|hop| Hop {
                    pair: hop.pair,
                    fee_bps: u16::try_from(hop.feeBps).unwrap_or(u16::MAX),
                    reserve_in: U256::ZERO,
                    reserve_out: U256::ZERO,
                });
                Self::DeskTake {
                    desk: to,
                    book: order.book,
                    market: small(order.market)?,
                    poke: order.poke,
                    max_paid: order.maxPaid,
                    min_collateral: order.minCollateral,
                    route: Route {
                        hops: hops.collect(),
                    },
                    min_profit: order.minProfit,
                    deadline: small(order.deadline)?,
                    owners: order.owners,
                }
            }
            Backstop::takeCall::SELECTOR => {
                let call = Backstop::takeCall::abi_decode(data).ok()?;
                Self::BackstopTake {
                    backstop: to,
                    book: book_of.get(&to).copied()?,
                    market: small(call.market)?,
                    owners: call.owners,
                    max_paid: call.maxPaid,
                }
            }
            Backstop::coverCall::SELECTOR => {
                let call = Backstop::coverCall::abi_decode(data).ok()?;
                Self::BackstopCover {
                    backstop: to,
                    book: book_of.get(&to).copied()?,
                    market: call.market,
                    amount: call.amount,
                }
            }
            _ => Self::decode_simple(to, data, selector)?,
        })
    }

    fn decode_simple(to: Address, data: &[u8], selector: [u8; 4]) -> Option<Self> {
        let small = |word: U256| u64::try_from(word).ok();
        Some(match selector {
            VaultBook::flagCall::SELECTOR => {
                let call = VaultBook::flagCall::abi_decode(data).ok()?;
                Self::Flag {
                    book: to,
                    market: small(call.market)?,
                    owner: call.owner,
                }
            }
            VaultBook::bookCall::SELECTOR => {
                let call = VaultBook::bookCall::abi_decode(data).ok()?;
                Self::Book {
                    book: to,
                    market: small(call.market)?,
                    owner: call.owner,
                }
            }
            VaultBook::redeemCall::SELECTOR => {
                let call = VaultBook::redeemCall::abi_decode(data).ok()?;
                Self::Redeem {
                    book: to,
                    market: small(call.market)?,
                    owner: call.owner,
                    amount: call.amount,
                    min_collateral: call.minCollateral,
                }
            }
            VaultBook::collectCall::SELECTOR => Self::Collect { book: to },
            IPrices::pokeCall::SELECTOR => Self::Poke {
                prices: to,
                asset: IPrices::pokeCall::abi_decode(data).ok()?.asset,
            },
            Backstop::syncCall::SELECTOR => Self::BackstopSync { backstop: to },
            PegModule::markCall::SELECTOR => Self::Mark { peg: to },
            Reserve::forecloseCall::SELECTOR => Self::Foreclose {
                reserve: to,
                loans: Reserve::forecloseCall::abi_decode(data).ok()?.loanIds,
            },
            Converter::burnLotCall::SELECTOR => Self::BurnLot { converter: to },
            Converter::addLiquidityCall::SELECTOR => Self::AddLiquidity { converter: to },
            Converter::bidCall::SELECTOR => {
                let call = Converter::bidCall::abi_decode(data).ok()?;
                Self::Bid {
                    converter: to,
                    tokens: call.tokens,
                    max_pay: call.maxPay,
                    to: call.to,
                }
            }
            Erc20::approveCall::SELECTOR => {
                let call = Erc20::approveCall::abi_decode(data).ok()?;
                Self::Approve {
                    asset: to,
                    spender: call.spender,
                    amount: call.amount,
                }
            }
            _ => return None,
        })
    }

    /// What a person is told that it does.
    pub fn label(&self) -> String {
        match self {
            Self::Take { owners, .. } => format!("take of {}", vaults(owners.len())),
            Self::DeskTake { owners, .. } => {
                format!("take of {} through the desk", vaults(owners.len()))
            }
            Self::Flag { owner, .. } => format!("flag of {owner}"),
            Self::Book { owner, .. } => format!("book of {owner}"),
            Self::Collect { .. } => "collect".to_owned(),
            Self::Redeem { owner, .. } => format!("redemption from {owner}"),
            Self::Poke { asset, .. } => format!("poke of {asset}"),
            Self::BackstopTake { owners, .. } => {
                format!("take of {} by the backstop", vaults(owners.len()))
            }
            Self::BackstopCover { .. } => "cover by the backstop".to_owned(),
            Self::BackstopSync { .. } => "sync of the backstop".to_owned(),
            Self::Mark { .. } => "mark of the peg module".to_owned(),
            Self::Foreclose { loans, .. } => format!("foreclosure of {} loans", loans.len()),
            Self::BurnLot { .. } => "burn of a lot".to_owned(),
            Self::AddLiquidity { .. } => "add liquidity".to_owned(),
            Self::Approve { asset, .. } => format!("approval of {asset}"),
            Self::Bid { .. } => "bid for fee tokens".to_owned(),
        }
    }
}

fn vaults(count: usize) -> String {
    if count == 1 {
        "1 vault".to_owned()
    } else {
        format!("{count} vaults")
    }
}

/// An action that a strategy proposes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// Which strategy.
    pub strategy: Strategy,
    /// The call.
    pub call: Call,
    /// Why, in a sentence.
    pub reason: String,
    /// What it should gain after gas, base units of the synthetic; none where nobody gains by it.
    pub profit: Option<TokenAmount>,
    /// What it should gain before gas, and what gas should cost, for those who decide about bids.
    pub stakes: Option<Stakes>,
}

/// What is at stake in an action that is done for gain. Base units of the synthetic, but for the collateral.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stakes {
    /// What is paid.
    pub paid: U256,
    /// What is got, base units of the collateral.
    pub collateral: U256,
    /// What is gained before gas.
    pub gain: U256,
    /// What gas should cost.
    pub gas: U256,
}

impl Proposal {
    /// The key of this action at `block`: the same action decided upon twice has the same key.
    pub fn id(&self, block: u64) -> String {
        let (to, data) = self.call.encode();
        let digest = keccak256([to.as_slice(), data.as_ref()].concat());
        let short = alloy::primitives::hex::encode(digest.get(..8).unwrap_or_default());
        format!("{}:{block}:{short}", self.strategy.name())
    }
}

/// Why nothing is done about a subject.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Silence {
    /// Which strategy.
    pub strategy: Strategy,
    /// About what.
    pub subject: Subject,
    /// Why not, in a sentence.
    pub reason: String,
}

/// What a strategy makes of what it sees.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// What is to be done, the most urgent first.
    pub proposals: Vec<Proposal>,
    /// What is not, and why.
    pub silences: Vec<Silence>,
}

impl Verdict {
    /// Adds what another strategy made.
    pub fn extend(&mut self, other: Self) {
        self.proposals.extend(other.proposals);
        self.silences.extend(other.silences);
    }

    /// Notes why nothing is done.
    pub fn pass(&mut self, strategy: Strategy, subject: Subject, reason: impl Into<String>) {
        self.silences.push(Silence {
            strategy,
            subject,
            reason: reason.into(),
        });
    }
}

#[cfg(test)]
mod tests;
