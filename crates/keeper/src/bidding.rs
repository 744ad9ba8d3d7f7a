//! Who decides about bids: by default the plan itself, otherwise a program that answers one line of JSON for each
//! opportunity, or any type that answers in process.

use std::future::Future;
use std::pin::Pin;
use std::process::Stdio;
use std::time::{Duration, Instant};

use alloy::primitives::U256;
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

use crate::config::BiddingConfig;

/// Longest line that an answer may have, bytes.
const LINE_MAX: usize = 16_384;
/// How long a program that failed is left alone before it is started again.
const REST: Duration = Duration::from_secs(1);

/// Something that could be done for gain. Amounts are decimal text in base units.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Opportunity {
    /// Its key; the answer carries the same.
    pub id: String,
    /// Which strategy.
    pub strategy: &'static str,
    /// What it does, in words.
    pub label: String,
    /// The first subject, as decisions name it.
    pub subject: String,
    /// How many subjects there are.
    pub subjects: usize,
    /// The block it was seen in.
    pub block: u64,
    /// That block's time, unix seconds.
    pub time: u64,
    /// What is paid, base units of the synthetic, or of a converter's asset.
    pub paid: String,
    /// What is got for it, base units.
    pub collateral: String,
    /// What is gained before gas, in the unit of what is paid.
    pub gain: String,
    /// What gas should cost, in the same unit.
    pub gas: String,
}

/// What was decided.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// The opportunity's key.
    pub id: String,
    /// Whether to do it.
    pub bid: bool,
    /// Most wei per gas to pay for it, decimal text; the configuration's bound holds beside it.
    #[serde(default)]
    pub max_fee_wei: Option<String>,
    /// Why, for the record.
    #[serde(default)]
    pub reason: Option<String>,
}

impl Answer {
    /// The bound on the fee, where one was given that is a number.
    pub fn max_fee(&self) -> Option<u128> {
        self.max_fee_wei.as_ref().and_then(|text| text.parse().ok())
    }
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BidError {
    /// The program cannot be started.
    #[error("the bidding program does not start: {0}")]
    Start(String),
    /// It ended, or closed a pipe.
    #[error("the bidding program ended")]
    Ended,
    /// It thought for too long.
    #[error("the bidding program did not answer within {0} ms")]
    Late(u128),
    /// It answered something else than asked.
    #[error("the bidding program answered no line that can be read: {0}")]
    Garbage(String),
    /// It failed a moment ago and is not started again yet.
    #[error("the bidding program rests after a failure")]
    Resting,
}

/// An answer to come.
pub type Pending<'a> = Pin<Box<dyn Future<Output = Result<Answer, BidError>> + Send + 'a>>;

/// Who decides about bids.
pub trait Bidder: Send {
    /// What to do about an opportunity.
    fn answer<'a>(&'a mut self, opportunity: &'a Opportunity) -> Pending<'a>;
}

/// Does everything as it was planned.
#[derive(Clone, Copy, Debug, Default)]
pub struct AsPlanned;

impl Bidder for AsPlanned {
    fn answer<'a>(&'a mut self, opportunity: &'a Opportunity) -> Pending<'a> {
        let answer = Answer {
            id: opportunity.id.clone(),
            bid: true,
            max_fee_wei: None,
            reason: None,
        };
        Box::pin(async move { Ok(answer) })
    }
}

#[derive(Debug)]
struct Running {
    _child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

/// A program beside the keeper. One line in, one line out; it is started when it is first asked, and again after it
/// failed.
#[derive(Debug)]
pub struct Program {
    command: Vec<String>,
    timeout: Duration,
    running: Option<Running>,
    failed_at: Option<Instant>,
}

impl Program {
    /// As the configuration names it.
    pub fn new(config: &BiddingConfig) -> Self {
        Self {
            command: config.command.clone(),
            timeout: config.timeout,
            running: None,
            failed_at: None,
        }
    }

    fn start(&self) -> Result<Running, BidError> {
        let (program, args) = self
            .command
            .split_first()
            .ok_or_else(|| BidError::Start("none is named".to_owned()))?;
        let mut command = Command::new(program);
        command
            .args(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true);
        let mut child = command
            .spawn()
            .map_err(|error| BidError::Start(error.to_string()))?;
        let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(BidError::Start("it has no pipes".to_owned()));
        };
        Ok(Running {
            _child: child,
            input,
            output: BufReader::new(output),
        })
    }

    async fn ask(&mut self, opportunity: &Opportunity) -> Result<Answer, BidError> {
        if self.failed_at.is_some_and(|failed| failed.elapsed() < REST) {
            return Err(BidError::Resting);
        }
        let running = match self.running.take() {
            Some(running) => running,
            None => self.start()?,
        };
        let running = self.running.insert(running);
        let asked = exchange(running, opportunity);
        match tokio::time::timeout(self.timeout, asked).await {
            Ok(answer) => answer,
            Err(_) => Err(BidError::Late(self.timeout.as_millis())),
        }
    }
}

async fn exchange(running: &mut Running, opportunity: &Opportunity) -> Result<Answer, BidError> {
    let mut line =
        serde_json::to_vec(opportunity).map_err(|error| BidError::Garbage(error.to_string()))?;
    line.push(b'\n');
    let written = async {
        running.input.write_all(&line).await?;
        running.input.flush().await
    };
    written.await.map_err(|_| BidError::Ended)?;
    let text = read_line(&mut running.output).await?;
    let answer: Answer =
        serde_json::from_slice(&text).map_err(|error| BidError::Garbage(error.to_string()))?;
    if answer.id != opportunity.id {
        return Err(BidError::Garbage(
            "it is about another opportunity".to_owned(),
        ));
    }
    if answer.max_fee_wei.is_some() && answer.max_fee().is_none() {
        return Err(BidError::Garbage("max_fee_wei is no number".to_owned()));
    }
    Ok(answer)
}

/// One line without its end, of bounded length.
async fn read_line(output: &mut BufReader<ChildStdout>) -> Result<Vec<u8>, BidError> {
    let mut line = Vec::new();
    loop {
        let chunk = output.fill_buf().await.map_err(|_| BidError::Ended)?;
        if chunk.is_empty() {
            return Err(BidError::Ended);
        }
        let end = chunk.iter().position(|byte| *byte == b'\n');
        let taken = end.unwrap_or(chunk.len());
        line.extend_from_slice(chunk.get(..taken).unwrap_or_default());
        output.consume(end.map_or(taken, |end| end.saturating_add(1)));
        if line.len() > LINE_MAX {
            return Err(BidError::Garbage(format!(
                "a line is over {LINE_MAX} bytes"
            )));
        }
        if end.is_some() {
            return Ok(line);
        }
    }
}

impl Bidder for Program {
    fn answer<'a>(&'a mut self, opportunity: &'a Opportunity) -> Pending<'a> {
        Box::pin(async move {
            let answer = self.ask(opportunity).await;
            match &answer {
                Ok(_) => self.failed_at = None,
                Err(BidError::Resting) => {}
                // What it says from now on may be the answer to an older question.
                Err(_) => {
                    self.running = None;
                    self.failed_at = Some(Instant::now());
                }
            }
            answer
        })
    }
}

/// An amount as answers and questions carry it.
pub(crate) fn text(amount: U256) -> String {
    amount.to_string()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{AsPlanned, BidError, Bidder, Opportunity, Program};
    use crate::config::BiddingConfig;

    fn opportunity(id: &str) -> Opportunity {
        Opportunity {
            id: id.to_owned(),
            strategy: "take",
            label: "take of 1 vault".to_owned(),
            subject: "book:0:owner".to_owned(),
            subjects: 1,
            block: 5,
            time: 7,
            paid: "1".to_owned(),
            collateral: "2".to_owned(),
            gain: "3".to_owned(),
            gas: "4".to_owned(),
        }
    }

    fn program(script: &str) -> Program {
        Program::new(&BiddingConfig {
            command: vec!["sh".to_owned(), "-c".to_owned(), script.to_owned()],
            timeout: Duration::from_millis(500),
            fall_back: true,
        })
    }

    const ECHO: &str = r#"while read -r line; do id=${line#*\"id\":\"}; echo "{\"id\":\"${id%%\"*}\",\"bid\":false,\"max_fee_wei\":\"9\",\"reason\":\"no\"}"; done"#;

    #[tokio::test]
    async fn a_program_answers_one_line_for_each() {
        let mut program = program(ECHO);
        for id in ["one", "two", "three"] {
            let answer = program.answer(&opportunity(id)).await.expect("answers");
            assert!(!answer.bid);
            assert_eq!((answer.id.as_str(), answer.max_fee()), (id, Some(9)));
        }
    }

    #[tokio::test]
    async fn a_program_that_fails_is_told_apart_and_left_alone_for_a_moment() {
        let mut silent = program("sleep 30");
        let mut mad = program("echo hello; sleep 30");
        let mut other = program(r#"echo '{"id":"another","bid":true}'; sleep 30"#);
        let mut dead = program("exit 1");
        let mut endless = program("yes | tr -d '\\n'");
        let mut absent = Program::new(&BiddingConfig {
            command: vec!["/nowhere/at/all".to_owned()],
            timeout: Duration::from_millis(100),
            fall_back: true,
        });
        let ask = opportunity("one");
        assert_eq!(silent.answer(&ask).await, Err(BidError::Late(500)));
        assert!(matches!(mad.answer(&ask).await, Err(BidError::Garbage(_))));
        assert!(matches!(
            other.answer(&ask).await,
            Err(BidError::Garbage(_))
        ));
        assert_eq!(dead.answer(&ask).await, Err(BidError::Ended));
        assert!(matches!(
            endless.answer(&ask).await,
            Err(BidError::Garbage(_))
        ));
        assert!(matches!(absent.answer(&ask).await, Err(BidError::Start(_))));
        assert_eq!(silent.answer(&ask).await, Err(BidError::Resting));
        assert!(AsPlanned.answer(&ask).await.expect("answers").bid);
    }
}
