//! Loans from opening to foreclosure.

use crate::world::{World, example};

const DAY: u64 = 86_400;

#[tokio::test]
async fn a_loan_is_opened_extended_and_repaid() {
    let world = World::new().await;
    world.must(&["launch", &example("worked-example.toml")]);
    let runs = [
        world.must(&[
            "borrow",
            "WORK",
            "--collateral",
            "10000",
            "--principal",
            "0.5",
        ]),
        world.must(&[
            "--json",
            "borrow",
            "WORK",
            "--collateral",
            "20000",
            "--max",
            "--unwrap",
        ]),
        world.must(&["loans", "WORK"]),
        world.must(&["--json", "loans", "WORK"]),
        world.must(&["extend", "WORK", "1"]),
        world.must(&["extend", "WORK", "2", "--burn"]),
        world.must(&["repay", "WORK", "1", "--amount", "0.2"]),
        world.must(&["--json", "repay", "WORK", "1"]),
        world.must(&["loans", "WORK"]),
        world.must_fail(&["repay", "WORK", "1"]).await,
    ];
    insta::assert_snapshot!("loan", world.transcript(&runs));
}

#[tokio::test]
async fn an_expired_loan_is_foreclosed_and_no_longer_repaid() {
    let world = World::new().await;
    world.must(&["launch", &example("worked-example.toml")]);
    world.must(&[
        "borrow",
        "WORK",
        "--collateral",
        "10000",
        "--principal",
        "0.5",
    ]);
    let early = world.must_fail(&["foreclose", "WORK", "1"]).await;
    let none = world.must_fail(&["foreclose", "WORK"]).await;
    world.pass(34 * DAY).await;
    let runs = [
        early,
        none,
        world.must(&["loans", "WORK", "--due"]),
        world.must_fail(&["repay", "WORK", "1"]).await,
        world.must_fail(&["extend", "WORK", "1"]).await,
        world.must(&["foreclose", "WORK"]),
        world.must(&["--json", "loans", "WORK"]),
        world.must(&["backing", "WORK"]),
    ];
    insta::assert_snapshot!("foreclosure", world.transcript(&runs));
}

#[tokio::test]
async fn a_deadline_lies_at_most_twelve_terms_ahead() {
    let world = World::new().await;
    world.must(&["launch", &example("worked-example.toml")]);
    world.must(&[
        "borrow",
        "WORK",
        "--collateral",
        "10000",
        "--principal",
        "0.1",
    ]);
    for _ in 0..11 {
        world.must(&["extend", "WORK", "1"]);
    }
    let run = world.must_fail(&["extend", "WORK", "1"]).await;
    assert!(
        run.stderr.contains("at most 12 terms ahead"),
        "{}",
        run.stderr
    );
    assert_eq!(run.code, 4);
}
