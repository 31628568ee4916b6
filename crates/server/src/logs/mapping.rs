//! One entry of `[[logs]]`.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use poolhouse_ports::Clock;
use serde::Deserialize;

use super::sink::Sink;
use crate::exit::Failure;
use crate::{targets, values};

/// The ARNs of an entry, and where their records go: one of `file`, `syslog`, `webhook` and `otlp`. Its `Debug` form
/// shows no secrets.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Mapping {
    /// ARN of a log group, bucket or stream; `*` stands for any text.
    arn: String,
    /// A file, to which lines of JSON are added.
    file: Option<PathBuf>,
    /// `udp://host:514`, or `unix:/dev/log`.
    syslog: Option<String>,
    /// URL of a webhook.
    webhook: Option<String>,
    /// What the webhook's receiver shares with this server.
    secret: Option<String>,
    /// URL that takes OpenTelemetry's logs in JSON, such as `http://127.0.0.1:4318/v1/logs`.
    otlp: Option<String>,
    /// Headers for `otlp`, such as the key of a service.
    headers: BTreeMap<String, String>,
}

impl fmt::Debug for Mapping {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mapping").field("arn", &self.arn).finish_non_exhaustive()
    }
}

impl Mapping {
    /// The pattern of ARNs.
    pub(super) fn arn(&self) -> &str {
        &self.arn
    }

    /// Whether a secret stands here itself.
    pub(crate) fn holds_secrets(&self) -> bool {
        self.secret.iter().chain(self.headers.values()).any(|secret| !values::is_elsewhere(secret))
    }

    /// Where the records go.
    ///
    /// # Errors
    /// Exit code 2; names the entry and what is wrong with it.
    pub(super) fn sink(&self, clock: &Clock) -> Result<Sink, Failure> {
        let sink = self.target(clock);
        sink.map_err(|wrong| {
            Failure::setup(format!("config: logs: the entry of arn {:?}: {wrong}", self.arn))
        })
    }

    fn target(&self, clock: &Clock) -> Result<Sink, String> {
        if self.arn.is_empty() {
            return Err("arn is missing; give the ARN of a log group, or a pattern with *".to_owned());
        }
        if self.secret.is_some() && self.webhook.is_none() {
            return Err("secret has no meaning without webhook".to_owned());
        }
        if !self.headers.is_empty() && self.otlp.is_none() {
            return Err("headers have no meaning without otlp".to_owned());
        }
        match (&self.file, &self.syslog, &self.webhook, &self.otlp) {
            (Some(file), None, None, None) => Ok(Sink::file(file)),
            (None, Some(address), None, None) => Sink::syslog(address),
            (None, None, Some(url), None) => {
                let secret = targets::webhook_secret(self.secret.as_deref())?;
                Sink::webhook(targets::url("webhook", url)?, secret, clock)
            }
            (None, None, None, Some(url)) => {
                let resolved = |(name, value): (&String, &String)| {
                    values::resolve(value).map(|value| (name.clone(), value))
                };
                let headers = self.headers.iter().map(resolved).collect::<Result<Vec<_>, _>>()?;
                Sink::otlp(targets::url("otlp", url)?, headers)
            }
            _ => Err("give one of file, syslog, webhook and otlp".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(entry: &str, expected: Result<(), &str>) {
        let mapping: Mapping = toml::from_str(entry).unwrap();
        let outcome = mapping.target(&Clock::system()).map(drop);
        match expected {
            Ok(()) => assert_eq!(outcome, Ok(()), "{entry}"),
            Err(part) => {
                assert!(outcome.as_ref().is_err_and(|text| text.contains(part)), "{entry}: {outcome:?}");
            }
        }
    }

    #[test]
    fn an_entry_leads_to_one_place() {
        let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
        check("arn = '*'\nfile = '/tmp/x'", Ok(()));
        check("arn = '*'\nsyslog = 'unix:/dev/log'", Ok(()));
        check("arn = '*'\nsyslog = 'udp://127.0.0.1:514'", Ok(()));
        check(&format!("arn = '*'\nwebhook = 'https://x/y'\nsecret = '{secret}'"), Ok(()));
        check("arn = '*'\notlp = 'http://127.0.0.1:4318/v1/logs'\nheaders = { api-key = 'x' }", Ok(()));
        check("file = '/tmp/x'", Err("arn is missing"));
        check("arn = '*'", Err("one of file"));
        check("arn = '*'\nfile = '/tmp/x'\nsyslog = 'unix:/dev/log'", Err("one of file"));
        check("arn = '*'\nsyslog = '127.0.0.1'", Err("syslog must be"));
        check("arn = '*'\nsyslog = 'udp://127.0.0.1'", Err("syslog must be"));
        check("arn = '*'\nwebhook = 'https://x/y'", Err("openssl"));
        check("arn = '*'\nwebhook = 'x'\nsecret = 'env:POOLHOUSE_NO_SUCH'", Err("is not set"));
        check("arn = '*'\nfile = '/tmp/x'\nsecret = 'x'", Err("without webhook"));
        check("arn = '*'\nfile = '/tmp/x'\nheaders = { a = 'b' }", Err("without otlp"));
        check("arn = '*'\notlp = 'http://x'\nheaders = { 'a b' = 'c' }", Err("header"));
        check("arn = '*'\notlp = 'http://x'\nheaders = { a = 'env:POOLHOUSE_NO_SUCH' }", Err("is not set"));
        check("arn = '*'\notlp = 'x'", Err("otlp must be"));
        assert!(toml::from_str::<Mapping>("ran = '*'").is_err());
    }

    #[test]
    fn debug_hides_secrets() {
        let mapping: Mapping = toml::from_str("arn = 'a'\nsecret = 'hunter2'").unwrap();
        assert!(!format!("{mapping:?}").contains("hunter2"));
    }
}
