use std::collections::BTreeSet;

use poolhouse_testkit::{Database as TestDatabase, TestServer};
use serde_json::Value;

use super::*;

const RULES: &str = include_str!("../../../../docs/monitoring/alerts.yaml");
const DASHBOARD: &str = include_str!("../../../../docs/monitoring/dashboard.json");
const PAGES: &str = include_str!("../../../../docs/alerts.md");
const OPERATING: &str = include_str!("../../../../docs/operating.md");

/// Where figures get their names.
const CODE: [&str; 10] = [
    include_str!("../acme/figures.rs"),
    include_str!("../audit/mod.rs"),
    include_str!("../metrics.rs"),
    include_str!("database.rs"),
    include_str!("engine.rs"),
    include_str!("process.rs"),
    include_str!("../tls/figures.rs"),
    include_str!("../triggers/figures.rs"),
    include_str!("../logs/mod.rs"),
    include_str!("../traces/queue.rs"),
];

/// What is added to the names in the code: by kinds of figures.
const SUFFIXES: [&str; 5] = ["", "_total", "_bucket", "_count", "_info"];

/// The names of figures in a text.
fn named(text: &str) -> BTreeSet<&str> {
    let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
    words.filter(|word| word.starts_with("poolhouse_") || word.starts_with("process_")).collect()
}

fn is_counted(name: &str) -> bool {
    let own = name.strip_prefix("poolhouse_").unwrap_or(name);
    let names = SUFFIXES.iter().filter_map(|suffix| own.strip_suffix(suffix));
    names.into_iter().any(|name| CODE.iter().any(|code| code.contains(&format!("\"{name}\""))))
}

#[test]
fn alerts_and_dashboard_name_figures_that_there_are() {
    for (file, text) in [
        ("alerts.yaml", RULES),
        ("dashboard.json", DASHBOARD),
        ("alerts.md", PAGES),
        ("operating.md", OPERATING),
    ] {
        let names = named(text);
        assert!(names.len() > 10, "{file} names hardly any");
        for name in names {
            assert!(is_counted(name), "{file} names {name}, which nobody counts");
        }
    }
    assert!(!is_counted("poolhouse_no_such_total"));
    let dashboard: Value = serde_json::from_str(DASHBOARD).unwrap();
    assert!(dashboard["panels"].as_array().is_some_and(|panels| panels.len() > 10));
}

/// The expressions of alerts and dashboard.
fn expressions() -> Vec<String> {
    let rules = RULES.lines().filter_map(|line| line.trim().strip_prefix("expr: '")?.strip_suffix('\''));
    let dashboard: Value = serde_json::from_str(DASHBOARD).unwrap();
    let panels = dashboard["panels"].as_array().unwrap().iter();
    let targets = panels.flat_map(|panel| panel["targets"].as_array().unwrap());
    let shown = targets.map(|target| target["expr"].as_str().unwrap());
    rules.chain(shown).map(ToOwned::to_owned).collect()
}

/// The first name of an expression that others give to their figures too, without our job behind it.
fn of_anybody(expression: &str) -> Option<&str> {
    let names = expression.match_indices("process_").chain(expression.match_indices("up{"));
    let mut names = names.filter(|(at, _)| {
        !expression[..*at].ends_with(|before: char| before.is_ascii_alphanumeric() || before == '_')
    });
    let end = |at: usize| expression[at..].find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
    let behind = |at: usize| &expression[at + end(at).unwrap_or(expression.len() - at)..];
    names.find(|(at, _)| !behind(*at).starts_with("{job=\"poolhouse\"")).map(|(at, _)| &expression[at..])
}

#[test]
fn what_others_measure_too_is_asked_of_our_job() {
    let expressions = expressions();
    assert!(expressions.len() > 40);
    for expression in &expressions {
        assert_eq!(of_anybody(expression), None, "{expression}");
        // The second of two that are joined by `or` shows only where the first has nothing.
        assert!(!expression.contains(" or "), "{expression}");
    }
    assert!(of_anybody("process_open_fds > 1").is_some() && of_anybody("a + up{x=\"y\"}").is_some());
}

#[tokio::test]
async fn counters_are_there_before_they_count_and_histograms_end() {
    let server = TestServer::start(TestDatabase::Sqlite).await;
    let text = Metrics::new(server.engine(), None, Vec::new()).text();
    for line in [
        "poolhouse_messages_total{medium=\"EMAIL\",outcome=\"refused\"} 0",
        "poolhouse_messages_total{medium=\"SMS\",outcome=\"failed\"} 0",
        "poolhouse_refused_connections_total{limit=\"handshakes\"} 0",
        "poolhouse_limited_requests_total{limit=\"handshake\"} 0",
        "poolhouse_locked_out_requests_total 0",
        "poolhouse_sign_ins_total{flow=\"USER_SRP_AUTH\",outcome=\"success\"} 0",
        "poolhouse_sign_ins_total{flow=\"page_password\",outcome=\"NotAuthorizedException\"} 0",
        "poolhouse_refused_signatures_total{reason=\"clock\"} 0",
        "poolhouse_crypto_refused_total 0",
        "poolhouse_turns_waiting 0",
        "poolhouse_request_memory_bytes 0",
        "poolhouse_ready 0",
    ] {
        assert!(text.lines().any(|found| found == line), "{line} is missing in: {text}");
    }
    for name in ["wait", "transaction"] {
        let last = format!("poolhouse_database_{name}_seconds_bucket{{le=\"+Inf\"}}");
        assert!(text.contains(&last), "{text}");
    }
}

#[test]
fn each_alert_has_its_section() {
    let alerts: Vec<&str> = RULES.lines().filter_map(|line| line.trim().strip_prefix("- alert: ")).collect();
    assert!(alerts.len() > 10);
    let sections: Vec<&str> = PAGES.lines().filter_map(|line| line.strip_prefix("## ")).collect();
    assert_eq!(alerts, sections);
    for alert in alerts {
        assert!(RULES.contains(&format!("docs/alerts.md#{}\n", alert.to_lowercase())), "{alert}");
    }
}
