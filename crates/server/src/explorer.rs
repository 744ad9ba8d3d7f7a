//! The explorer, embedded when the program was built; a notice where it was not.

use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use percent_encoding::percent_decode_str;
use rust_embed::{EmbeddedFile, RustEmbed};

use crate::problem::Problem;

/// What a build of `web/` left in `web/dist`; nothing where there was none.
#[derive(RustEmbed)]
#[folder = "../../web/dist"]
#[allow_missing = true]
struct Files;

/// Shown where no explorer was built.
const NOTICE: &str = include_str!("notice.html");
/// The page of every route of the explorer.
const PAGE: &str = "index.html";
/// What pages may load and whom they may talk to: this server, and the endpoint of a wallet that injects itself.
const POLICY: &str = "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'";
/// For files whose name holds a hash of their content.
const FOR_EVER: &str = "public, max-age=31536000, immutable";

/// A file of the explorer, or its page for every path without a dot.
pub(crate) async fn serve(method: Method, uri: Uri, headers: HeaderMap) -> Response {
    if method != Method::GET && method != Method::HEAD {
        let detail = "method must be GET or HEAD: this interface only reads";
        return Problem::new(StatusCode::METHOD_NOT_ALLOWED, detail).into_response();
    }
    let Ok(path) = percent_decode_str(uri.path()).decode_utf8() else {
        return Problem::parameter("path", "percent-encoded UTF-8", uri.path()).into_response();
    };
    let path = path.trim_start_matches('/');
    if path == "v1" || path.starts_with("v1/") {
        return Problem::unknown(
            "path",
            format!("there is no route /{path}; see /openapi.json"),
        )
        .into_response();
    }
    if let Some(file) = Files::get(path).filter(|_| !path.is_empty()) {
        return file_response(path, &file, &headers);
    }
    if path.contains('.') {
        return Problem::unknown("path", "there is no such file").into_response();
    }
    match Files::get(PAGE) {
        Some(page) => file_response(PAGE, &page, &headers),
        None => notice(),
    }
}

fn notice() -> Response {
    let mut response = (StatusCode::OK, NOTICE).into_response();
    dress(response.headers_mut(), PAGE);
    response
}

fn dress(headers: &mut HeaderMap, path: &str) {
    let kind = mime_guess::from_path(path).first_or_octet_stream();
    let text = if kind.type_() == "text" {
        format!("{kind}; charset=utf-8")
    } else {
        kind.to_string()
    };
    if let Ok(kind) = HeaderValue::from_str(&text) {
        headers.insert(header::CONTENT_TYPE, kind);
    }
    let hashed = path.starts_with("assets/");
    let kept = if hashed { FOR_EVER } else { "no-cache" };
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(kept));
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(POLICY),
    );
}

fn file_response(path: &str, file: &EmbeddedFile, headers: &HeaderMap) -> Response {
    let digest = file.metadata.sha256_hash();
    let short: String = digest
        .iter()
        .take(12)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let tag = format!("W/\"{short}\"");
    let given = headers
        .get(header::IF_NONE_MATCH)
        .and_then(|value| value.to_str().ok());
    let known = given.is_some_and(|given| given.split(',').any(|one| one.trim() == tag));
    let mut response = if known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        file.data.clone().into_owned().into_response()
    };
    dress(response.headers_mut(), path);
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response
}
