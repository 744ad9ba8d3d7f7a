//! What nodes sign is what the contract takes.

use alloy::primitives::{Address, B256, Bytes, U256, address};
use alloy::signers::local::PrivateKeySigner;
use alloy::sol_types::{SolCall, SolValue};
use ballast_bindings::Artifact;
use ballast_bindings::decode_revert;
use ballast_bindings::reports::ReportQuorum;
use ballast_chain::evm::{Evm, EvmError};
use ballast_oracle::report::{Report, Signed, Target, Terms, Unusable, Wire};

const NOW: u64 = 1_800_000_000;
const DEPLOYER: Address = address!("0x1000000000000000000000000000000000000001");
const ASSET: Address = address!("0x2000000000000000000000000000000000000002");

/// A contract with five signers, three of whom must report.
struct World {
    evm: Evm,
    keys: Vec<PrivateKeySigner>,
    target: Target,
}

fn world() -> World {
    world_of(5)
}

fn world_of(signers: u8) -> World {
    let mut keys: Vec<PrivateKeySigner> = (1..=signers)
        .map(|seed| PrivateKeySigner::from_bytes(&B256::repeat_byte(seed)).expect("a key"))
        .collect();
    keys.sort_by_key(PrivateKeySigner::address);
    let signers: Vec<Address> = keys.iter().map(PrivateKeySigner::address).collect();
    let least = U256::from((keys.len() / 2 + 1).max(3));
    let args = (DEPLOYER, U256::from(60), signers, least);
    let code = [
        &Artifact::ReportQuorum.bytecode()[..],
        &args.abi_encode_params(),
    ]
    .concat();
    let mut evm = Evm::new(NOW);
    let quorum = evm.deploy(DEPLOYER, code.into()).expect("deploys");
    let target = Target {
        chain_id: 1,
        quorum,
    };
    World { evm, keys, target }
}

fn report(price: u64, round: u64) -> Report {
    Report {
        asset: ASSET,
        price: U256::from(price),
        confidence: U256::from(price / 100),
        time: NOW - 5,
        round,
    }
}

impl World {
    fn signed(&self, key: usize, report: Report) -> Signed {
        report.sign(&self.target, &self.keys[key]).expect("signs")
    }

    fn submit(&mut self, round: u64, reports: &[Signed]) -> Result<(), String> {
        let call = ReportQuorum::submitCall {
            asset: ASSET,
            round: U256::from(round),
            reports: reports.iter().map(Signed::on_chain).collect(),
        };
        match self
            .evm
            .send(DEPLOYER, self.target.quorum, call.abi_encode().into())
        {
            Ok(_) => Ok(()),
            Err(EvmError::Reverted { data }) => Err(decode_revert(&data).name().to_owned()),
            Err(other) => panic!("{other}"),
        }
    }

    fn latest(&mut self) -> (U256, U256) {
        let call = ReportQuorum::latestCall { asset: ASSET }.abi_encode();
        let answer = self.evm.view(DEPLOYER, self.target.quorum, call.into());
        let found = ReportQuorum::latestCall::abi_decode_returns(&answer.expect("answers"));
        let found = found.expect("decodes");
        (found._0, found._3)
    }
}

#[test]
fn the_digest_is_the_contracts() {
    let mut world = world();
    for (price, round) in [(1, 1), (1_000_000_007, 77), (u64::MAX, NOW)] {
        let report = report(price, round);
        let call = ReportQuorum::digestOfCall {
            asset: ASSET,
            price: report.price,
            confidence: report.confidence,
            time: U256::from(report.time),
            round: U256::from(round),
        };
        let answer = world
            .evm
            .view(DEPLOYER, world.target.quorum, call.abi_encode().into());
        let digest = B256::from_slice(&answer.expect("answers"));
        assert_eq!(report.digest(&world.target), digest);
    }
}

#[test]
fn the_contract_takes_what_is_signed_and_stores_the_median() {
    let mut world = world();
    let reports: Vec<Signed> = [(0, 1_000), (2, 1_020), (4, 1_010)]
        .map(|(key, price)| world.signed(key, report(price, 9)))
        .into();
    world.submit(9, &reports).expect("is taken");
    assert_eq!(world.latest(), (U256::from(1_010), U256::from(9)));
    assert_eq!(world.submit(9, &reports), Err("BadRound".to_owned()));
    let later: Vec<Signed> = (0..3)
        .map(|key| world.signed(key, report(1_000, 10)))
        .collect();
    assert_eq!(
        world.submit(10, &later[..2]),
        Err("TooFewReports".to_owned())
    );
    let turned: Vec<Signed> = later.iter().rev().cloned().collect();
    assert_eq!(world.submit(10, &turned), Err("NotSorted".to_owned()));
}

/// Terms around a price of 1,000 in round 9.
fn terms(target: Target, signers: &[Address]) -> Terms<'_> {
    Terms {
        target,
        asset: ASSET,
        round: 9,
        signers,
        price: U256::from(1_000),
        bound_wad: U256::from(20_000_000_000_000_000_u64),
        now: NOW,
        age_secs_max: 60,
    }
}

#[test]
fn no_report_that_the_terms_take_is_refused_by_the_contract() {
    let world = world();
    let signers: Vec<Address> = world.keys.iter().map(PrivateKeySigner::address).collect();
    let terms = terms(world.target, &signers);
    let good = world.signed(0, report(1_020, 9));
    assert_eq!(terms.check(&good), Ok(()));
    let with = |change: &dyn Fn(&mut Report)| {
        let mut other = report(1_000, 9);
        change(&mut other);
        world.signed(1, other)
    };
    let stranger = PrivateKeySigner::random();
    let cases: Vec<(Signed, Unusable)> = vec![
        (with(&|report| report.asset = DEPLOYER), Unusable::Other),
        (with(&|report| report.round = 10), Unusable::Other),
        (
            with(&|report| report.confidence = report.price),
            Unusable::Bounds,
        ),
        (
            with(&|report| report.price = U256::ONE << 112),
            Unusable::Bounds,
        ),
        (with(&|report| report.time = NOW + 1), Unusable::Ahead),
        (with(&|report| report.time = NOW - 31), Unusable::Old),
        (
            with(&|report| report.price = U256::from(1_021)),
            Unusable::Far,
        ),
        (
            report(1_000, 9)
                .sign(&world.target, &stranger)
                .expect("signs"),
            Unusable::Stranger,
        ),
        (
            Signed {
                signer: signers[2],
                ..good
            },
            Unusable::Forged,
        ),
    ];
    for (report, expected) in cases {
        assert_eq!(terms.check(&report), Err(expected));
    }
}

#[test]
fn no_signature_that_the_terms_take_is_refused_by_the_contract() {
    let mut world = world();
    let signers: Vec<Address> = world.keys.iter().map(PrivateKeySigner::address).collect();
    let terms = terms(world.target, &signers);
    let good = world.signed(0, report(1_020, 9));
    let other_chain = Target {
        chain_id: 2,
        ..world.target
    };
    let foreign = report(1_000, 9)
        .sign(&other_chain, &world.keys[0])
        .expect("signs");
    assert_eq!(terms.check(&foreign), Err(Unusable::Forged));
    // Changed signatures: shorter, with another v, and with the other s.
    let order = U256::from_str_radix(
        "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141",
        16,
    )
    .expect("a number");
    let malleable = {
        let mut bytes = good.signature.to_vec();
        let s = U256::from_be_slice(&bytes[32..64]);
        bytes[32..64].copy_from_slice(&(order - s).to_be_bytes::<32>());
        bytes[64] = 27 + 28 - bytes[64];
        Bytes::from(bytes)
    };
    let zero_based = {
        let mut bytes = good.signature.to_vec();
        bytes[64] -= 27;
        Bytes::from(bytes)
    };
    for signature in [
        good.signature.slice(..64),
        Bytes::new(),
        malleable,
        zero_based,
    ] {
        let changed = Signed {
            signature,
            ..good.clone()
        };
        assert_eq!(terms.check(&changed), Err(Unusable::Signature));
        let reports = [
            changed,
            world.signed(1, report(1_000, 9)),
            world.signed(2, report(1_000, 9)),
        ];
        // The terms are no stricter than the contract.
        assert_eq!(world.submit(9, &reports), Err("BadSignature".to_owned()));
    }
}

#[test]
fn a_report_survives_its_way_as_json() {
    let world = world();
    let signed = world.signed(3, report(1_000, 9));
    let text = serde_json::to_string(&signed.wire(&world.target)).expect("JSON");
    assert!(text.contains(r#""price":"1000""#), "{text}");
    let wire: Wire = serde_json::from_str(&text).expect("JSON");
    assert_eq!(Signed::from(wire), signed);
}

#[test]
fn the_gas_of_a_submission_is_within_its_limit_with_room_and_without_waste() {
    for count in [3_u8, 5, 12, 31] {
        let mut world = world_of(count);
        // The order that takes the most steps to sort, and every slot new.
        let reports: Vec<Signed> = (0..usize::from(count))
            .map(|at| world.signed(at, report(2_000 - at as u64, 9)))
            .collect();
        let call = ReportQuorum::submitCall {
            asset: ASSET,
            round: U256::from(9),
            reports: reports.iter().map(Signed::on_chain).collect(),
        };
        let sent = world
            .evm
            .send(DEPLOYER, world.target.quorum, call.abi_encode().into());
        let used = sent.expect("is taken").gas_used;
        let limit = ballast_oracle::report::submit_gas(reports.len());
        assert!(
            limit >= used + used / 4 && limit <= used * 2,
            "{count}: {used} of {limit}"
        );
    }
}
