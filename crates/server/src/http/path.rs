//! Parts of a path.

use alloy::primitives::{Address, U256};
use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;

use crate::problem::Problem;
use crate::query;

async fn segments<S: Send + Sync>(
    parts: &mut Parts,
    state: &S,
) -> Result<Vec<(String, String)>, Problem> {
    let refuse = |_| Problem::parameter("path", "percent-encoded UTF-8", "");
    let path = Path::<Vec<(String, String)>>::from_request_parts(parts, state).await;
    Ok(path.map_err(refuse)?.0)
}

fn named<'s>(segments: &'s [(String, String)], name: &str) -> &'s str {
    let found = segments.iter().find(|(known, _)| known == name);
    found.map_or("", |(_, value)| value.as_str())
}

/// The token, or another address, that a path names.
#[derive(Clone, Copy, Debug)]
pub(crate) struct InPath(pub Address);

impl<S: Send + Sync> FromRequestParts<S> for InPath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let segments = segments(parts, state).await?;
        let (name, text) = segments
            .first()
            .map_or(("token", ""), |(name, text)| (name, text));
        query::address(name, text).map(Self)
    }
}

/// The loan that a path names beside its token.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LoanInPath(pub Address, pub U256);

impl<S: Send + Sync> FromRequestParts<S> for LoanInPath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let segments = segments(parts, state).await?;
        let token = query::address("token", named(&segments, "token"))?;
        Ok(Self(
            token,
            query::amount("loan", named(&segments, "loan"))?,
        ))
    }
}

fn synthetic(segments: &[(String, String)]) -> Result<Address, Problem> {
    query::address("synthetic", named(segments, "synthetic"))
}

fn market(segments: &[(String, String)]) -> Result<u64, Problem> {
    let text = named(segments, "market");
    let digits = (1..=2).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    let parsed = text.parse().ok().filter(|_| digits);
    parsed.ok_or_else(|| Problem::parameter("market", "a market's number, from 0 to 99", text))
}

/// The market that a path names after its synthetic.
#[derive(Clone, Copy, Debug)]
pub(crate) struct MarketInPath(pub Address, pub u64);

impl<S: Send + Sync> FromRequestParts<S> for MarketInPath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let segments = segments(parts, state).await?;
        Ok(Self(synthetic(&segments)?, market(&segments)?))
    }
}

/// The vault that a path names after its synthetic and its market.
#[derive(Clone, Copy, Debug)]
pub(crate) struct VaultInPath(pub Address, pub u64, pub Address);

impl<S: Send + Sync> FromRequestParts<S> for VaultInPath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let segments = segments(parts, state).await?;
        let owner = query::address("owner", named(&segments, "owner"));
        Ok(Self(synthetic(&segments)?, market(&segments)?, owner?))
    }
}

/// The asset that a path names after the synthetic in whose unit it is priced.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AssetInPath(pub Address, pub Address);

impl<S: Send + Sync> FromRequestParts<S> for AssetInPath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let segments = segments(parts, state).await?;
        let asset = query::address("asset", named(&segments, "asset"));
        Ok(Self(synthetic(&segments)?, asset?))
    }
}

/// A file name in a path, as its stem and its extension.
#[derive(Clone, Debug)]
pub(crate) struct FileInPath(pub String, pub String);

impl<S: Send + Sync> FromRequestParts<S> for FileInPath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let segments = segments(parts, state).await?;
        let name = named(&segments, "file");
        let (stem, extension) = name.rsplit_once('.').unwrap_or((name, ""));
        Ok(Self(stem.to_owned(), extension.to_owned()))
    }
}
