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
