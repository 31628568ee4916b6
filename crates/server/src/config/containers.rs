//! What `deploy/` and docs/operating.md say of the server, held to it.

use std::collections::BTreeSet;
use std::time::Duration;

use clap::{Command, CommandFactory as _};

use crate::cli::Cli;
use crate::{END, listener, logs, sender};

const COMPOSE: &str = include_str!("../../../../deploy/compose.yaml");
const DOCKERFILE: &str = include_str!("../../../../deploy/Dockerfile");
const OPERATING: &str = include_str!("../../../../docs/operating.md");

/// The host name in compose.yaml, which no server reads.
const HOST: &str = "POOLHOUSE_HOST";

/// The variables of a command and of those below it.
fn variables(command: &Command) -> BTreeSet<String> {
    let own = command.get_arguments().filter_map(|arg| arg.get_env()?.to_str());
    let below = command.get_subcommands().flat_map(variables);
    own.map(ToOwned::to_owned).chain(below).collect()
}

/// What stands behind each `before` in a text, up to the end of a word.
fn behind<'a>(text: &'a str, before: &str) -> BTreeSet<&'a str> {
    let ends = |c: char| c.is_whitespace() || matches!(c, ',' | ')' | '`' | '"');
    text.split(before).skip(1).filter_map(|rest| rest.split(ends).next()).collect()
}

#[test]
fn every_variable_is_a_setting() {
    let known = variables(&Cli::command());
    for (file, text) in [("compose.yaml", COMPOSE), ("Dockerfile", DOCKERFILE), ("operating.md", OPERATING)] {
        let words = text.split(|c: char| !(c.is_ascii_uppercase() || c == '_'));
        let named: Vec<_> = words.filter(|word| word.starts_with("POOLHOUSE_") && *word != HOST).collect();
        assert!(named.len() > 1, "{file} names hardly any");
        for name in named {
            assert!(known.contains(name), "{file} names {name}, which is no setting");
        }
    }
}

#[test]
fn every_secret_is_made_and_read() {
    let made = behind(OPERATING, "> secrets/");
    assert_eq!(behind(COMPOSE, "file: secrets/"), made);
    assert_eq!(behind(COMPOSE, "/run/secrets/"), made);
}

#[test]
fn only_the_network_of_the_containers_is_trusted() {
    let network = behind(COMPOSE, "subnet: ");
    assert_eq!(network.len(), 1);
    assert_eq!(behind(COMPOSE, "POOLHOUSE_TRUSTED_PROXIES: "), network);
    assert!(network.is_subset(&behind(OPERATING, "`")), "operating.md does not name {network:?}");
}

#[test]
fn a_server_that_ends_is_given_its_time() {
    // Those of the collector of traces, which not every build has.
    let traces = Duration::from_secs(5);
    let takes = listener::DRAIN_TIME + sender::END + logs::END + traces + END;
    let given = [
        behind(COMPOSE, "  stop_grace_period: "),
        behind(OPERATING, "--stop-timeout "),
        behind(OPERATING, "TimeoutStopSec="),
    ];
    for seconds in given.iter().flatten() {
        let seconds: u64 = seconds.trim_end_matches('s').parse().unwrap();
        assert!(Duration::from_secs(seconds) >= takes, "{seconds} s are less than {takes:?}");
    }
    assert!(given.iter().all(|found| !found.is_empty()), "{given:?}");
}
