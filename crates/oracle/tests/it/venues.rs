//! Every adapter against its stand-in, in every fault, over REST and over its stream (S05).

#![allow(clippy::print_stdout)] // The counts are for the person who runs the tests.

use std::sync::Arc;
use std::time::{Duration, Instant};

use alloy::primitives::U256;
use ballast_oracle::Kind;
use ballast_oracle::feed::{Channel, Feed, FeedConfig, Patience};
use ballast_oracle::median::{Rules, Verdict, judge};
use ballast_oracle::quote::Quote;
use ballast_oracle::stand_in::{Fault, StandIn};
use ballast_oracle::venue::VenueError;
use tokio::sync::Notify;
use tokio::task::JoinHandle;

const NOW: u64 = 1_800_000_000;
/// Longest wait for anything that has to come.
const PATIENCE: Duration = Duration::from_secs(20);
/// What a feed of these tests waits for.
const SHORT: Patience = Patience {
    answer: Duration::from_millis(150),
    silence: Duration::from_millis(120),
    hold: Duration::from_millis(300),
    rest_every: Duration::from_millis(20),
    backoff_max: Duration::from_millis(60),
};

fn wad(text: &str) -> U256 {
    ballast_types::decimal::parse("number", text, 18).expect("a number")
}

/// A venue, a feed of it, and both their ends.
struct Connected {
    venue: StandIn,
    feed: Arc<Feed>,
    running: JoinHandle<()>,
    symbol: String,
}

impl Drop for Connected {
    fn drop(&mut self) {
        self.running.abort();
    }
}

/// Which channels a feed has.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Over {
    /// The stream fails nobody: REST has nothing to do.
    Stream,
    /// No stream.
    Rest,
}

impl Connected {
    async fn new(kind: Kind, over: Over) -> Self {
        let venue = StandIn::start(kind).await.expect("starts");
        venue.set("ETH/USD", wad("200"), wad("1000"), NOW);
        let symbol = kind.venue().symbol("ETH", "USD");
        let stream = venue.stream_url().parse().expect("an address");
        let mut patience = SHORT;
        let mut rest = venue.rest_url();
        if over == Over::Stream {
            // Nothing listens where REST would be asked: what comes, comes over the stream.
            rest = "http://127.0.0.1:1".to_owned();
            // Quiet is ended by the next sign of life.
            patience.silence = Duration::from_millis(700);
            patience.hold = Duration::from_millis(400);
        }
        let config = FeedConfig {
            name: kind.to_string(),
            kind,
            rest: rest.parse().expect("an address"),
            stream: (over == Over::Stream).then_some(stream),
            symbols: vec![symbol.clone()],
            patience,
        };
        let feed = Arc::new(Feed::new(config).expect("a feed"));
        let running = tokio::spawn(Arc::clone(&feed).run(Arc::new(Notify::new())));
        Self {
            venue,
            feed,
            running,
            symbol,
        }
    }

    fn quote(&self) -> Result<Quote, VenueError> {
        self.feed.quote(&self.symbol).map(|held| held.quote)
    }

    /// Waits until the feed says what is expected.
    async fn until(&self, what: &str, expected: impl Fn(&Result<Quote, VenueError>) -> bool) {
        let began = Instant::now();
        while !expected(&self.quote()) {
            let kind = self.venue.kind();
            let told = (self.quote(), self.feed.counts(), self.venue.served());
            assert!(began.elapsed() < PATIENCE, "{kind}: {what}: {told:?}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    async fn until_price(&self, what: &str, price: &str) {
        let price = wad(price);
        self.until(what, |quote| {
            quote.as_ref().is_ok_and(|quote| quote.price() == price)
        })
        .await;
    }

    /// Failures so far.
    fn failures(&self) -> u64 {
        let counts = self.feed.counts();
        let failed = counts.iter().filter(|((_, name), _)| *name != "ok");
        failed.map(|(_, count)| count).sum()
    }

    /// The names of the failures over the channel of this test.
    fn names(&self, over: Over) -> Vec<&'static str> {
        let wanted = match over {
            Over::Rest => Channel::Rest,
            Over::Stream => Channel::Stream,
        };
        let counts = self.feed.counts();
        let named = counts
            .keys()
            .filter(|(channel, name)| *channel == wanted && *name != "ok");
        named.map(|(_, name)| *name).collect()
    }
}

/// Waits until a node would refuse the quote for the reason that is expected, and sees that it takes the price of the
/// others meanwhile. True as well where the venue has nothing new to say and its quote is held no longer.
async fn judged(connected: &Connected, fault: Fault, expected: impl Fn(Verdict) -> bool) {
    let other = |price: &str| {
        let price = wad(price);
        Quote::new(price, price, price, wad("1000"), NOW + 60).expect("a quote")
    };
    let rules = Rules {
        sources_min: 2,
        age_secs_max: 30,
        ahead_secs_max: 5,
        outlier_wad: wad("0.02"),
    };
    let began = Instant::now();
    loop {
        let Ok(held) = connected.feed.quote(&connected.symbol) else {
            return;
        };
        let all = [held.quote, other("201"), other("201")];
        let (verdicts, view) = judge(&all, &rules, NOW + 60);
        assert_eq!(view.expect("a price").price, wad("201"), "{fault:?}");
        if held.came_at > began && expected(verdicts[0]) {
            return;
        }
        assert!(began.elapsed() < PATIENCE, "{fault:?}: {verdicts:?}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// One fault: what is said must not be taken for a price of now, and once it is over, the price must be there again.
async fn in_fault(connected: &Connected, fault: Fault) {
    let name = fault.name();
    connected.venue.fault(None);
    connected.venue.set("ETH/USD", wad("200"), wad("1000"), NOW);
    connected.until_price("before the fault", "200").await;
    connected.venue.fault(Some(fault));
    // The market moves on, and a fault of messages needs one.
    connected
        .venue
        .set("ETH/USD", wad("201"), wad("1000"), NOW + 60);
    match fault {
        Fault::Freeze | Fault::StaleTime { .. } => {
            judged(connected, fault, |verdict| {
                matches!(verdict, Verdict::Stale { .. })
            })
            .await;
        }
        Fault::Spike { .. } => {
            judged(connected, fault, |verdict| verdict == Verdict::Outlier).await
        }
        _ => {
            let failed = connected.failures();
            let counted = |quote: &Result<_, _>| quote.is_err() && connected.failures() > failed;
            connected.until(name, counted).await;
        }
    }
    connected.venue.fault(None);
    connected
        .venue
        .set("ETH/USD", wad("202"), wad("1000"), NOW + 61);
    connected.until_price(&format!("after {name}"), "202").await;
}

async fn every_fault(over: Over) {
    let all = Kind::ALL.map(|kind| async move {
        let connected = Connected::new(kind, over).await;
        for fault in Fault::ALL {
            in_fault(&connected, fault).await;
        }
        let served = connected.venue.served();
        assert_eq!(served.followed, 0, "{kind} was followed elsewhere");
        let names = connected.names(over);
        for expected in ["malformed", "rate_limited", "redirected", "silent", "too_long", "unreachable"] {
            assert!(names.contains(&expected), "{kind}: {expected} is not among {names:?}");
        }
        println!(
            "S05 {kind} over {over:?}: {} faults, {} failures counted as {}, {} requests, {} streams, {} messages",
            Fault::ALL.len(),
            connected.failures(),
            names.join(" "),
            served.requests,
            served.streams,
            served.messages
        );
    });
    futures_util::future::join_all(all).await;
}

#[tokio::test]
async fn s05_no_fault_over_rest_gives_a_price_of_now_and_each_ends_with_it() {
    every_fault(Over::Rest).await;
}

#[tokio::test]
async fn s05_no_fault_of_a_stream_gives_a_price_of_now_and_each_ends_with_it() {
    every_fault(Over::Stream).await;
}

#[tokio::test]
async fn rest_fills_in_where_a_stream_is_silent() {
    for kind in Kind::ALL {
        let venue = StandIn::start(kind).await.expect("starts");
        let quiet = StandIn::start(kind).await.expect("starts");
        quiet.fault(Some(Fault::Silence));
        venue.set("BTC/USD", wad("30000.5"), wad("7"), NOW);
        let symbol = kind.venue().symbol("BTC", "USD");
        let config = FeedConfig {
            name: kind.to_string(),
            kind,
            rest: venue.rest_url().parse().expect("an address"),
            stream: Some(quiet.stream_url().parse().expect("an address")),
            symbols: vec![symbol.clone()],
            patience: SHORT,
        };
        let feed = Arc::new(Feed::new(config).expect("a feed"));
        let news = Arc::new(Notify::new());
        let running = tokio::spawn(Arc::clone(&feed).run(Arc::clone(&news)));
        tokio::time::timeout(PATIENCE, news.notified())
            .await
            .expect("a quote comes");
        let held = feed.quote(&symbol).expect("a quote");
        assert_eq!(
            (held.channel, held.quote.price()),
            (Channel::Rest, wad("30000.5"))
        );
        assert_eq!((held.quote.volume(), held.quote.time()), (wad("7"), NOW));
        running.abort();
    }
}

#[tokio::test]
async fn pings_are_answered_and_quiet_streams_stay_open() {
    for kind in Kind::ALL {
        let connected = Connected::new(kind, Over::Stream).await;
        connected.until_price("the first", "200").await;
        let began = Instant::now();
        while connected.venue.served().pongs < 2 {
            assert!(
                began.elapsed() < PATIENCE,
                "{kind} has no answer to its pings"
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        connected
            .venue
            .set("ETH/USD", wad("210"), wad("1000"), NOW + 2);
        connected.until_price("the second", "210").await;
        assert_eq!(connected.venue.served().streams, 1, "{kind}");
    }
}
