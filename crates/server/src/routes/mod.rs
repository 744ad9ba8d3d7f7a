//! One module per group of routes.

use std::collections::BTreeMap;

use utoipa::IntoResponses;
use utoipa::openapi::{ContentBuilder, Ref, RefOr, Response, ResponseBuilder};

use crate::problem::PROBLEM_JSON;

pub(crate) mod accounts;
pub(crate) mod auction;
pub(crate) mod events;
pub(crate) mod export;
pub(crate) mod happened;
pub(crate) mod inflows;
pub(crate) mod live;
pub(crate) mod loans;
pub(crate) mod market;
pub(crate) mod marks;
pub(crate) mod powers;
pub(crate) mod quotes;
pub(crate) mod series;
pub(crate) mod services;
pub(crate) mod status;
pub(crate) mod synthetics;
pub(crate) mod tokens;

/// How a request can be refused, wherever.
#[derive(Debug)]
pub(crate) struct Refusals;

impl IntoResponses for Refusals {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let all = [
            (
                "400",
                "A parameter is wrong; `field` and `limit` say which and how",
            ),
            ("404", "There is no such thing"),
            ("413", "The request has a body larger than the limit"),
            ("414", "Path and query are longer than the limit"),
            (
                "429",
                "Too many requests at once, of this client or of this sort",
            ),
            ("431", "The headers are larger than the limit"),
            ("500", "The store's numbers do not fit together"),
            (
                "503",
                "The store does not answer, or nothing is indexed yet",
            ),
        ];
        let problem = |(status, text): (&str, &str)| {
            let content = ContentBuilder::new()
                .schema(Some(Ref::from_schema_name("Problem")))
                .build();
            let response = ResponseBuilder::new()
                .description(text)
                .content(PROBLEM_JSON, content)
                .build();
            (status.to_owned(), RefOr::T(response))
        };
        let unchanged = ResponseBuilder::new()
            .description("What the client has, by If-None-Match, is what it is")
            .build();
        let unchanged = ("304".to_owned(), RefOr::T(unchanged));
        all.into_iter().map(problem).chain([unchanged]).collect()
    }
}
