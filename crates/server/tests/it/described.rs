//! The API's description.

use ballast_testkit::repository_root;

/// Set to write the document instead of comparing it.
const RENEW: &str = "BALLAST_RENEW";

#[test]
fn the_committed_description_is_the_one_of_the_program() {
    let path = repository_root().join("web/openapi.json");
    let document = ballast_server::openapi().to_pretty_json().expect("json");
    let document = format!("{document}\n");
    if std::env::var_os(RENEW).is_some() {
        std::fs::write(&path, document).expect("writes");
        return;
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == document,
        "web/openapi.json is not what the routes say; renew it with `{RENEW}=1 cargo test -p ballast-server description`"
    );
}

#[test]
fn every_route_says_what_it_answers_and_how_it_refuses() {
    let document = serde_json::to_value(ballast_server::openapi()).expect("json");
    let paths = document["paths"].as_object().expect("paths");
    let mut count = 0;
    for (path, item) in paths {
        let answer = &item["get"]["responses"];
        assert!(answer["200"]["content"].is_object(), "{path}: {answer}");
        assert!(item["get"]["summary"].is_string(), "{path} has no summary");
        if path.starts_with("/v1/") {
            for status in ["304", "400", "404", "429", "503"] {
                assert!(
                    answer[status].is_object(),
                    "{path} does not tell of {status}"
                );
            }
        }
        for parameter in item["get"]["parameters"].as_array().into_iter().flatten() {
            let schema = &parameter["schema"];
            let bounded = ["pattern", "maximum", "maxLength"];
            assert!(
                bounded.iter().any(|bound| !schema[*bound].is_null()),
                "{path}: {parameter}"
            );
        }
        count += 1;
    }
    assert!(count >= 25, "{count} routes");
}
