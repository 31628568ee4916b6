use std::collections::BTreeSet;

use serde_json::Value;

const RULES: &str = include_str!("../../../../docs/monitoring/alerts.yaml");
const DASHBOARD: &str = include_str!("../../../../docs/monitoring/dashboard.json");
const PAGES: &str = include_str!("../../../../docs/alerts.md");
const OPERATING: &str = include_str!("../../../../docs/operating.md");

/// Where figures get their names.
const CODE: [&str; 7] = [
    include_str!("../audit/mod.rs"),
    include_str!("../metrics.rs"),
    include_str!("database.rs"),
    include_str!("process.rs"),
    include_str!("../tls/figures.rs"),
    include_str!("../triggers/figures.rs"),
    include_str!("../logs/mod.rs"),
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
