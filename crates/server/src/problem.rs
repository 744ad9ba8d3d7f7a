//! Refusals and failures as `application/problem+json` (RFC 9457), naming the field and the limit.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use ballast_model::ModelError;
use ballast_store::StoreError;
use ballast_types::ArithmeticError;
use serde::Serialize;
use utoipa::ToSchema;

/// The media type of a problem.
pub(crate) const PROBLEM_JSON: &str = "application/problem+json";

/// Why a request got no answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Problem {
    /// Always `about:blank`: the status says what sort of problem it is.
    #[serde(rename = "type")]
    kind: &'static str,
    /// The status in words.
    title: String,
    /// The HTTP status.
    status: u16,
    /// What is wrong and what to do.
    detail: String,
    /// The parameter or header that is wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<String>,
    /// What it may be at most, or what it must be.
    #[serde(skip_serializing_if = "Option::is_none")]
    limit: Option<String>,
}

impl Problem {
    /// A problem of `status`.
    pub(crate) fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self {
            kind: "about:blank",
            title: status.canonical_reason().unwrap_or("Error").to_owned(),
            status: status.as_u16(),
            detail: detail.into(),
            field: None,
            limit: None,
        }
    }

    /// A parameter or header that is wrong, with what it must be.
    pub(crate) fn of_field(
        status: StatusCode,
        field: &str,
        limit: impl Into<String>,
        given: &str,
    ) -> Self {
        let limit = limit.into();
        let shown: String = given.chars().take(80).collect();
        let given = if shown.is_empty() {
            String::new()
        } else {
            format!(", not `{}`", shown.escape_debug())
        };
        Self {
            field: Some(field.to_owned()),
            detail: format!("{field} must be {limit}{given}"),
            limit: Some(limit),
            ..Self::new(status, String::new())
        }
    }

    /// A bad parameter.
    pub(crate) fn parameter(field: &str, limit: impl Into<String>, given: &str) -> Self {
        Self::of_field(StatusCode::BAD_REQUEST, field, limit, given)
    }

    /// Something that is not there.
    pub(crate) fn unknown(field: &str, what: impl Into<String>) -> Self {
        Self {
            field: Some(field.to_owned()),
            ..Self::new(StatusCode::NOT_FOUND, what)
        }
    }

    /// Nothing to answer from yet.
    pub(crate) fn not_ready(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, detail)
    }

    /// A figure that the store's numbers do not allow: a mistake in them or in this program.
    pub(crate) fn inconsistent(detail: impl std::fmt::Display) -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            format!("the store's numbers do not fit together: {detail}; index anew"),
        )
    }

    /// The status.
    pub(crate) fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// The detail.
    pub(crate) fn detail(&self) -> &str {
        &self.detail
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        tracing::warn!("{error}");
        match error {
            StoreError::Corrupt { .. } | StoreError::NoStatement { .. } => Self::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                "the store cannot be read; the operator's log says why",
            ),
            _ => Self::not_ready("the store does not answer; try again in a few seconds"),
        }
    }
}

impl From<ArithmeticError> for Problem {
    fn from(error: ArithmeticError) -> Self {
        Self::inconsistent(error)
    }
}

impl From<ModelError> for Problem {
    fn from(error: ModelError) -> Self {
        Self::inconsistent(error)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = self.status();
        let mut response = (status, Json(self)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if matches!(
            status,
            StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS
        ) {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("2"));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::Problem;

    #[test]
    fn a_bad_parameter_names_itself_its_limit_and_what_was_given() {
        let problem = Problem::parameter("limit", "a whole number from 1 to 500", "-3");
        let json = serde_json::to_value(&problem).expect("json");
        assert_eq!(json["field"], "limit");
        assert_eq!(json["limit"], "a whole number from 1 to 500");
        assert_eq!(
            json["detail"],
            "limit must be a whole number from 1 to 500, not `-3`"
        );
        assert_eq!(
            (json["status"].as_u64(), &json["type"]),
            (Some(400), &"about:blank".into())
        );
    }

    #[test]
    fn what_was_given_is_shortened_and_escaped() {
        let problem = Problem::parameter("token", "an address", &"\u{7}é".repeat(4_000));
        assert!(problem.detail().len() < 800, "{}", problem.detail());
        assert!(!problem.detail().contains('\u{7}'));
    }
}
