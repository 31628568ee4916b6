//! The allowed dependencies between the workspace's crates.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::Result;
use crate::workspace::output;

const PREFIX: &str = "poolhouse-";

/// Each crate and what it may use; an edge that is not listed is forbidden.
const ALLOWED: &[(&str, &[&str])] = &[
    ("wire", &["ports"]),
    ("crypto", &[]),
    ("compromised", &["crypto"]),
    ("policy", &[]),
    ("ports", &[]),
    ("saml", &["ports"]),
    ("store", &["ports"]),
    ("kernel", &["wire", "crypto", "ports", "store"]),
    ("backup", &["kernel", "crypto", "ports", "store"]),
    ("core", &["kernel", "compromised", "saml", "wire", "crypto", "ports", "store"]),
    ("iam", &["kernel", "policy", "wire", "saml", "ports", "store"]),
    ("identity", &["core", "iam", "kernel", "policy", "wire", "crypto", "saml", "ports", "store"]),
    ("api", &["core", "iam", "identity", "kernel", "policy", "wire", "ports"]),
    ("oauth", &["core", "identity", "kernel", "pages", "wire", "crypto", "ports"]),
    (
        "server",
        &[
            "api",
            "oauth",
            "backup",
            "core",
            "iam",
            "identity",
            "kernel",
            "compromised",
            "wire",
            "crypto",
            "ports",
            "saml",
            "store",
        ],
    ),
    (
        "testkit",
        &[
            "server",
            "api",
            "oauth",
            "backup",
            "core",
            "iam",
            "identity",
            "kernel",
            "compromised",
            "wire",
            "crypto",
            "policy",
            "ports",
            "saml",
            "store",
        ],
    ),
    ("client", &["crypto"]),
    ("pages", &[]),
    // Measures; nothing uses it.
    ("bench", &["testkit", "server", "api", "oauth", "core", "kernel", "wire", "crypto", "ports", "store"]),
    // Tries out the binary, with what testkit signs requests with.
    ("ha", &["testkit"]),
    // Drives what testkit has.
    ("fuzz", &["testkit"]),
];

/// The workspaces.
const MANIFESTS: [&str; 2] = ["Cargo.toml", "fuzz/Cargo.toml"];

/// Prints the graph; with `check`, fails on an edge that is not allowed.
pub(crate) fn run(check: bool) -> Result {
    let mut problems = Vec::new();
    for manifest in MANIFESTS {
        let arguments =
            ["metadata", "--format-version", "1", "--no-deps", "--offline", "--manifest-path", manifest];
        let metadata = output("cargo", &arguments)?;
        let metadata: Value = serde_json::from_str(&metadata).map_err(|e| format!("cargo metadata: {e}"))?;
        for (name, uses) in graph(&metadata) {
            println!("{name} -> {}", if uses.is_empty() { "-".to_owned() } else { join(&uses) });
            problems.extend(forbidden(name, &uses));
        }
    }
    if check && !problems.is_empty() {
        return Err(format!("{}; the table is in xtask/src/layers.rs", problems.join("; ")));
    }
    Ok(())
}

/// Every crate of the house and the crates of the house it uses, development dependencies left out.
fn graph(metadata: &Value) -> Vec<(&str, BTreeSet<&str>)> {
    let packages = metadata.get("packages").and_then(Value::as_array);
    let mut graph = Vec::new();
    for package in packages.into_iter().flatten() {
        let Some(name) = of_the_house(package) else { continue };
        let dependencies = package.get("dependencies").and_then(Value::as_array);
        let normal = dependencies.into_iter().flatten().filter(|d| d.get("kind").is_none_or(Value::is_null));
        graph.push((name, normal.filter_map(of_the_house).collect()));
    }
    graph
}

fn of_the_house(package: &Value) -> Option<&str> {
    package.get("name")?.as_str()?.strip_prefix(PREFIX)
}

fn forbidden(name: &str, uses: &BTreeSet<&str>) -> Option<String> {
    let Some((_, allowed)) = ALLOWED.iter().find(|(known, _)| *known == name) else {
        return Some(format!("{name} is not in the table of crates"));
    };
    let wrong: BTreeSet<_> = uses.iter().copied().filter(|used| !allowed.contains(used)).collect();
    (!wrong.is_empty()).then(|| format!("{name} must not use {}", join(&wrong)))
}

fn join(names: &BTreeSet<&str>) -> String {
    names.iter().copied().collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn development_dependencies_and_foreign_crates_are_left_out() {
        let metadata = json!({"packages": [
            {"name": "poolhouse-api", "dependencies": [
                {"name": "poolhouse-core", "kind": null},
                {"name": "poolhouse-testkit", "kind": "dev"},
                {"name": "serde", "kind": null},
            ]},
            {"name": "xtask", "dependencies": []},
        ]});
        assert_eq!(graph(&metadata), [("api", BTreeSet::from(["core"]))]);
    }

    #[test]
    fn only_the_tables_edges_pass() {
        assert_eq!(forbidden("api", &BTreeSet::from(["core", "wire"])), None);
        assert_eq!(forbidden("api", &BTreeSet::from(["store"])).unwrap(), "api must not use store");
        assert_eq!(forbidden("new", &BTreeSet::new()).unwrap(), "new is not in the table of crates");
    }
}
