//! Settings: options of the command line, environment and TOML file, one list for all three.

mod acme;
mod audit;
#[cfg(test)]
mod containers;
mod delivery;
mod example;
mod installation;
mod protection;
mod read_node;
mod store;
mod tls;
mod traces;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use clap::builder::FalseyValueParser;
use clap::{ArgAction, Args, ValueEnum};
use poolhouse_core::IssuerMode;
use poolhouse_kernel::KeyPair;
use serde::Deserialize;

use crate::dev::Guard;
use crate::exit::Failure;
use crate::logs;
use crate::triggers::Mapping;
use crate::{secret_file, values};

pub(crate) use acme::AcmeOptions;
pub(crate) use audit::AuditOptions;
pub(crate) use delivery::{DeliveryOptions, SmtpTls};
pub(crate) use example::example;
pub(crate) use installation::{InstallationOptions, SealedOptions};
use protection::ProtectionOptions;
use read_node::ReadNodeOptions;
pub(crate) use store::{DbOptions, StoreOptions, for_commands};
use tls::TlsOptions;
pub(crate) use traces::TracesOptions;

/// 7665 spells POOL on a telephone keypad.
const LISTEN: &str = "127.0.0.1:7665";

/// Options of `poolhouse serve`; the same names in the configuration file.
#[derive(Args, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Options {
    /// A TOML file with any of these options.
    #[arg(long, env = "POOLHOUSE_CONFIG", value_name = "FILE")]
    #[serde(skip)]
    pub(crate) config: Option<PathBuf>,

    /// Address and port to listen on [default: 127.0.0.1:7665].
    #[arg(long, env = "POOLHOUSE_LISTEN", value_name = "ADDRESS:PORT")]
    pub(crate) listen: Option<SocketAddr>,

    #[command(flatten)]
    #[serde(flatten)]
    pub(crate) tls: TlsOptions,

    #[command(flatten)]
    #[serde(flatten)]
    pub(crate) acme: AcmeOptions,

    #[command(flatten)]
    #[serde(flatten)]
    pub(crate) store: StoreOptions,

    #[command(flatten)]
    #[serde(flatten)]
    pub(crate) read_node: ReadNodeOptions,

    #[command(flatten)]
    #[serde(flatten)]
    pub(crate) installation: InstallationOptions,

    #[command(flatten)]
    #[serde(flatten)]
    pub(crate) audit: AuditOptions,

    #[command(flatten)]
    #[serde(flatten)]
    pub(crate) delivery: DeliveryOptions,

    #[command(flatten)]
    #[serde(flatten)]
    pub(crate) protection: ProtectionOptions,

    #[command(flatten)]
    #[serde(flatten)]
    pub(crate) traces: TracesOptions,

    /// The URL by which clients reach this server; tokens name it as their issuer [default: http://<listen>,
    /// or https:// with TLS].
    #[arg(long, env = "POOLHOUSE_PUBLIC_URL", value_name = "URL")]
    pub(crate) public_url: Option<String>,

    /// The domain below which the prefixes of pools' domains are host names, such as auth.example.com; its DNS leads all of
    /// them here [default: none, and the pages are below <public URL>/_domains/].
    #[arg(long, env = "POOLHOUSE_AUTH_DOMAIN", value_name = "HOST")]
    pub(crate) auth_domain: Option<String>,

    /// The issuer in tokens: this server's own URL, or the one that AWS would write [default: own].
    #[arg(long, env = "POOLHOUSE_ISSUER", value_enum)]
    pub(crate) issuer: Option<Issuer>,

    /// The issuer in tokens of identity pools [default: https://cognito-identity.amazonaws.com].
    #[arg(long, env = "POOLHOUSE_IDENTITY_ISSUER", value_name = "URL")]
    pub(crate) identity_issuer: Option<String>,

    /// Whether a pool's tier (LITE, ESSENTIALS, PLUS) bounds its features: every feature in every tier, or what the
    /// tier lacks is refused as by AWS [default: open].
    #[arg(long, env = "POOLHOUSE_TIERS", value_enum)]
    pub(crate) tiers: Option<Tiers>,

    /// A TOML file of users, groups, roles and policies that the account is to have; applied at the start (`docs/iam.md`).
    #[arg(long, env = "POOLHOUSE_IAM_FILE", value_name = "FILE")]
    pub(crate) iam_file: Option<PathBuf>,

    /// Access key id of the root credentials; goes with the secret.
    #[arg(long, env = "POOLHOUSE_ROOT_ACCESS_KEY_ID", value_name = "ID")]
    pub(crate) root_access_key_id: Option<String>,

    /// Secret of the root credentials. Better given by the environment than on the command line.
    #[arg(long, env = "POOLHOUSE_ROOT_SECRET_ACCESS_KEY", value_name = "SECRET", hide_env_values = true)]
    pub(crate) root_secret_access_key: Option<String>,

    /// What to log: error, warn, info, debug, or a filter such as info,poolhouse_core=debug [default: info,tokio_postgres=warn].
    #[arg(long, env = "POOLHOUSE_LOG", value_name = "FILTER")]
    pub(crate) log: Option<String>,

    /// How to log [default: human on a terminal, json otherwise].
    #[arg(long, env = "POOLHOUSE_LOG_FORMAT", value_enum)]
    pub(crate) log_format: Option<LogFormat>,

    /// A line in the log for each request: its id, operation or endpoint, error or status, source, pool, client and time; no
    /// user's name, and no secret.
    #[arg(long, env = "POOLHOUSE_LOG_REQUESTS", action = ArgAction::SetTrue, value_parser = FalseyValueParser::new())]
    pub(crate) log_requests: bool,

    /// Development mode: fixed root credentials (poolhouse / poolhouse-dev), messages kept readable, a clock
    /// that can be moved. Refused on an address that others can reach.
    #[arg(long, env = "POOLHOUSE_DEV", action = ArgAction::SetTrue, value_parser = FalseyValueParser::new())]
    pub(crate) dev: bool,

    /// Allow development mode on any address. Whoever reaches it is an administrator.
    #[arg(long, env = "POOLHOUSE_DEV_ON_ANY_ADDRESS", action = ArgAction::SetTrue, value_parser = FalseyValueParser::new())]
    pub(crate) dev_on_any_address: bool,

    /// What stands behind the ARNs of Lambda triggers; in the file alone (`docs/triggers.md`).
    #[arg(skip)]
    pub(crate) triggers: Vec<Mapping>,

    /// Where social identity providers are instead, in the file alone: what their addresses begin with, and what that is
    /// replaced by (`docs/federation.md`).
    #[arg(skip)]
    pub(crate) provider_addresses: BTreeMap<String, String>,

    /// What stands behind the ARNs of logs; in the file alone (`docs/operating.md`).
    #[arg(skip)]
    pub(crate) logs: Vec<logs::Mapping>,
}

/// Options of `poolhouse messages test`.
#[derive(Args, Debug)]
pub(crate) struct TestMessageOptions {
    /// Where the message goes: an e-mail address, or a telephone number such as +12065550100.
    #[arg(long, value_name = "ADDRESS")]
    to: String,

    /// The TOML file of the server.
    #[arg(long, env = "POOLHOUSE_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,

    #[command(flatten)]
    delivery: DeliveryOptions,
}

impl TestMessageOptions {
    /// The destination, and the settings of delivery.
    ///
    /// # Errors
    /// When the configuration file cannot be read, or settings do not fit together.
    pub(crate) fn complete(mut self) -> Result<(String, DeliveryOptions), Failure> {
        if let Some(path) = &self.config {
            self.delivery.fill_from(read(path)?.delivery);
        }
        self.delivery.resolve()?;
        self.delivery.check()?;
        Ok((self.to, self.delivery))
    }
}

/// The form of the issuer.
#[derive(Clone, Copy, Debug, Deserialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Issuer {
    /// `<public URL>/<pool id>`.
    Own,
    /// `https://cognito-idp.<region>.amazonaws.com/<pool id>`, or AWS's newer form where the pool says so.
    Aws,
}

impl From<Issuer> for IssuerMode {
    fn from(issuer: Issuer) -> Self {
        match issuer {
            Issuer::Own => Self::Own,
            Issuer::Aws => Self::Aws,
        }
    }
}

/// Whether tiers count.
#[derive(Clone, Copy, Debug, Deserialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Tiers {
    /// Every feature in every tier, but for refresh token rotation, which LITE lacks.
    Open,
    /// What a pool's tier lacks is refused, in AWS's words.
    Strict,
}

impl From<Tiers> for poolhouse_core::Tiers {
    fn from(tiers: Tiers) -> Self {
        match tiers {
            Tiers::Open => Self::Open,
            Tiers::Strict => Self::Strict,
        }
    }
}

/// The form of the log.
#[derive(Clone, Copy, Debug, Deserialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum LogFormat {
    /// For people.
    Human,
    /// One JSON object a line.
    Json,
}

impl Options {
    /// Completes the options from the configuration file, and checks what can be checked before anything starts.
    ///
    /// # Errors
    /// Each message names the setting.
    pub(crate) fn complete(mut self) -> Result<Self, Failure> {
        if let Some(path) = self.config.clone() {
            self.fill_from(read(&path)?);
        }
        if let Some(domain) = &self.auth_domain
            && !is_host_name(domain)
        {
            return Err(Failure::setup(format!(
                "auth-domain must be a host name in small letters, without scheme or port, not {domain:?}"
            )));
        }
        for (name, url) in [("public-url", &self.public_url), ("identity-issuer", &self.identity_issuer)] {
            if let Some(url) = url
                && !url.starts_with("http://")
                && !url.starts_with("https://")
            {
                return Err(Failure::setup(format!(
                    "{name} must begin with http:// or https://, not {url:?}"
                )));
            }
        }
        self.store.resolve()?;
        self.read_node.resolve()?;
        self.installation.resolve()?;
        self.delivery.resolve()?;
        for (name, value) in [
            ("root-access-key-id", &mut self.root_access_key_id),
            ("root-secret-access-key", &mut self.root_secret_access_key),
        ] {
            resolve(name, value)?;
        }
        self.acme.check()?;
        self.tls.check(&self.acme, self.public_url.as_deref())?;
        self.read_node.check()?;
        if self.iam_file.is_some() && self.read_node.database_standby.is_some() {
            return Err(Failure::setup(
                "iam-file is given with database-standby: a read node changes nobody; give it to a server of the first region",
            ));
        }
        self.installation.check()?;
        self.audit.check()?;
        self.delivery.check()?;
        self.protection.check()?;
        self.traces.check()?;
        if self.dev && !self.dev_on_any_address && !self.listen().ip().is_loopback() {
            return Err(Failure::setup(format!(
                "dev is refused on {}: whoever reaches it would be an administrator. Listen on 127.0.0.1, leave out --dev, or add --dev-on-any-address if that is what you want",
                self.listen()
            )));
        }
        Ok(self)
    }

    /// The address to listen on.
    pub(crate) fn listen(&self) -> SocketAddr {
        self.listen
            .or_else(|| LISTEN.parse().ok())
            .unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 7665)))
    }

    /// Whether this server speaks TLS itself.
    pub(crate) fn has_tls(&self) -> bool {
        self.tls.files().is_some() || self.acme.is_given()
    }

    /// What URLs of this server begin with.
    pub(crate) fn scheme(&self) -> &'static str {
        if self.has_tls() { "https" } else { "http" }
    }

    /// Who may use development mode.
    pub(crate) fn guard(&self) -> Guard {
        Guard::new(self.dev_on_any_address, self.public_url.as_deref())
    }

    /// The root credentials, where they are given from outside.
    ///
    /// # Errors
    /// When only one half is given, or one is empty: everybody would be an administrator.
    pub(crate) fn root(&self) -> Result<Option<KeyPair>, Failure> {
        let pair = |id: &str, secret: &str| KeyPair {
            access_key_id: id.to_owned(),
            secret_access_key: secret.to_owned(),
        };
        for (name, given) in [
            ("root-access-key-id", &self.root_access_key_id),
            ("root-secret-access-key", &self.root_secret_access_key),
        ] {
            if given.as_ref().is_some_and(String::is_empty) {
                return Err(Failure::setup(format!("{name} is empty; give one, or leave out both")));
            }
        }
        match (&self.root_access_key_id, &self.root_secret_access_key) {
            (Some(id), Some(secret)) => Ok(Some(pair(id, secret))),
            (None, None) => Ok(self.dev.then(|| pair("poolhouse", "poolhouse-dev"))),
            (Some(_), None) => Err(Failure::setup(
                "root-access-key-id is given without root-secret-access-key; give both or none",
            )),
            (None, Some(_)) => Err(Failure::setup(
                "root-secret-access-key is given without root-access-key-id; give both or none",
            )),
        }
    }

    /// Whether a secret stands here itself, so that nobody else may read the file.
    fn holds_secrets(&self) -> bool {
        let own = [
            &self.root_secret_access_key,
            &self.installation.master_key,
            &self.delivery.smtp_password,
            &self.delivery.sms_hook_secret,
        ];
        own.into_iter().flatten().any(|secret| !values::is_elsewhere(secret))
            || self.store.names_password()
            || self.read_node.database_standby.as_deref().is_some_and(store::names_password)
            || self.triggers.iter().any(Mapping::holds_secrets)
            || self.logs.iter().any(logs::Mapping::holds_secrets)
    }

    /// Takes from the file what neither option nor environment gave.
    fn fill_from(&mut self, file: Self) {
        let Self {
            config: _,
            listen,
            tls,
            acme,
            store,
            read_node,
            installation,
            audit,
            delivery,
            protection,
            traces,
            public_url,
            auth_domain,
            issuer,
            identity_issuer,
            tiers,
            iam_file,
            root_access_key_id,
            root_secret_access_key,
            log,
            log_format,
            log_requests,
            dev,
            dev_on_any_address,
            triggers,
            provider_addresses,
            logs,
        } = file;
        self.listen = self.listen.or(listen);
        self.tls.fill_from(tls);
        self.acme.fill_from(acme);
        self.store.fill_from(store);
        self.read_node.fill_from(read_node);
        self.installation.fill_from(installation);
        self.audit.fill_from(audit);
        self.delivery.fill_from(delivery);
        self.protection.fill_from(protection);
        self.traces.fill_from(traces);
        self.public_url = self.public_url.take().or(public_url);
        self.auth_domain = self.auth_domain.take().or(auth_domain);
        self.issuer = self.issuer.or(issuer);
        self.identity_issuer = self.identity_issuer.take().or(identity_issuer);
        self.tiers = self.tiers.or(tiers);
        self.iam_file = self.iam_file.take().or(iam_file);
        self.root_access_key_id = self.root_access_key_id.take().or(root_access_key_id);
        self.root_secret_access_key = self.root_secret_access_key.take().or(root_secret_access_key);
        self.log = self.log.take().or(log);
        self.log_format = self.log_format.or(log_format);
        self.log_requests |= log_requests;
        self.dev |= dev;
        self.dev_on_any_address |= dev_on_any_address;
        self.triggers = triggers;
        self.provider_addresses = provider_addresses;
        self.logs = logs;
    }
}

/// Puts what a setting leads to in its place.
fn resolve(name: &str, value: &mut Option<String>) -> Result<(), Failure> {
    if let Some(given) = value {
        *given = values::resolve(given).map_err(|wrong| Failure::setup(format!("{name}: {wrong}")))?;
    }
    Ok(())
}

/// Labels of small letters, digits and hyphens, with dots between.
fn is_host_name(text: &str) -> bool {
    let is_label = |label: &str| {
        let of_label = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        !label.is_empty() && label.len() < 64 && label.bytes().all(of_label)
    };
    text.split('.').all(is_label)
}

fn read(path: &Path) -> Result<Options, Failure> {
    let text = std::fs::read_to_string(path)
        .map_err(|e| Failure::setup(format!("config: cannot read {}: {e}", path.display())))?;
    let options: Options = toml::from_str(&text).map_err(|error| {
        let place = error.span().map(|span| place(&text, span.start)).unwrap_or_default();
        Failure::setup(format!("config: {}{place}: {}", path.display(), error.message()))
    })?;
    if options.holds_secrets() {
        secret_file::refuse_open("config", path)?;
    }
    Ok(options)
}

/// The line and the setting at a position. Never the rest of the line, which may be a secret.
fn place(text: &str, position: usize) -> String {
    let before = text.get(..position).unwrap_or_default();
    let line = before.matches('\n').count();
    let setting = text.lines().nth(line).and_then(|line| line.split_once('='));
    let setting = setting.map(|(name, _)| format!(", {}", name.trim())).unwrap_or_default();
    format!(", line {}{setting}", line + 1)
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use poolhouse_kernel::limits::Limits;
    use poolhouse_kernel::limits::shares::Bounds;

    use super::*;
    use crate::cli::{Cli, Command};
    use crate::watch::Watchers;

    fn options(arguments: &[&str]) -> Options {
        let all = ["poolhouse", "serve"].iter().chain(arguments);
        let Command::Serve(options) = Cli::try_parse_from(all).unwrap().command else { panic!("serve") };
        *options
    }

    #[test]
    fn the_command_line_beats_the_file() {
        let mut given = options(&["--region", "eu-west-1"]);
        given.fill_from(
            toml::from_str(
                "region = 'us-west-2'\naccount-id = '123456789012'\nsmtp-port = 2525\ntiers = 'strict'",
            )
            .unwrap(),
        );
        assert_eq!(given.delivery.smtp_port, Some(2525));
        assert_eq!(given.installation.region.as_deref(), Some("eu-west-1"));
        assert_eq!(given.installation.account_id.as_deref(), Some("123456789012"));
        assert!(matches!(given.tiers, Some(Tiers::Strict)));
    }

    #[test]
    fn mistakes_name_their_setting() {
        let message = |arguments: &[&str]| format!("{:?}", options(arguments).complete().unwrap_err());
        assert!(message(&["--account-id", "12"]).contains("account-id"));
        assert!(message(&["--public-url", "example.com"]).contains("public-url"));
        assert!(message(&["--region", "EU West"]).contains("region"));
        assert!(message(&["--region", ""]).contains("region"));
        assert!(message(&["--master-key", "a", "--master-key-file", "b"]).contains("both given"));
        let both = ["--previous-master-key-file", "a", "--next-master-key-file", "b"];
        assert!(message(&both).contains("both given"));
        assert!(message(&["--database-standby-lag", "9"]).contains("without database-standby"));
        let read_node = ["--database-standby", "postgres://a/b"];
        let with = |more: [&str; 2]| message(&[read_node, more].concat());
        assert!(with(["--database-standby-lag", "2"]).contains("must be at least 3 seconds"));
        assert!(with(["--iam-file", "iam.toml"]).contains("iam-file is given with database-standby"));
        assert!(message(&["--audit-required"]).contains("audit-required is given without audit-log"));
        assert!(message(&["--smtp-port", "25"]).contains("smtp-port is given without smtp-host"));
        assert!(message(&["--smtp-host", "a", "--smtp-username", "b"]).contains("go together"));
        assert!(message(&["--sms-hook-secret", "a"]).contains("sms-hook-url"));
        assert!(message(&["--proxy-header", "forwarded"]).contains("without trusted-proxies"));
        assert!(message(&["--tls-key", "a"]).contains("give both or none"));
        assert!(message(&["--acme-contact", "a@b"]).contains("acme-contact is given without acme-names"));
        assert!(message(&["--traces-one-in", "9"]).contains("traces-one-in is given without traces-url"));
        let collector = message(&["--traces-url", "collector:4318"]);
        let needs = if cfg!(feature = "otlp") { "must begin with http" } else { "--features otlp" };
        assert!(collector.contains(needs), "{collector}");
        let plain = ["--tls-key", "a", "--tls-certificate", "b", "--public-url", "http://id.example.com"];
        assert!(message(&plain).contains("begin it with https"));
        assert!(message(&["--dev", "--listen", "0.0.0.0:1"]).contains("dev is refused"));
        assert!(
            format!("{:?}", options(&["--root-access-key-id", "x"]).root().unwrap_err()).contains("both")
        );
        for empty in [["", "x"], ["x", ""]] {
            let given = options(&["--root-access-key-id", empty[0], "--root-secret-access-key", empty[1]]);
            assert!(format!("{:?}", given.root().unwrap_err()).contains("is empty"), "{empty:?}");
        }
        assert!(toml::from_str::<Options>("lisen = '127.0.0.1:1'").is_err());
    }

    #[test]
    fn limits_are_generous_unless_others_are_given() {
        let limits = |arguments: &[&str]| {
            let options = options(arguments);
            options.protection.limits(options.dev)
        };
        let usual = Limits {
            per_address: 1000,
            per_signed_address: 0,
            per_client: 10_000,
            per_user: 200,
            sign_in_codes: 30,
            strangers: 10,
            category_factor: 0,
            bodies: Bounds { all: 65_536, each: 8192 },
        };
        assert_eq!(limits(&[]), usual);
        let development = Limits { bodies: Bounds { all: 65_536, each: 0 }, ..Limits::default() };
        assert_eq!(limits(&["--dev"]), development);
        let connections = |arguments: &[&str]| {
            let options = options(arguments);
            options.protection.connections(options.dev)
        };
        assert_eq!(connections(&[]), Bounds { all: 20_000, each: 1000 });
        assert_eq!(connections(&["--dev"]), Bounds { all: 20_000, each: 0 });
        let given = ["--limit-connections", "0", "--limit-connections-per-address", "5"];
        assert_eq!(connections(&given), Bounds { all: 0, each: 5 });
        assert_eq!(limits(&["--dev", "--limit-per-user", "3"]).per_user, 3);
        let mut given = options(&["--limit-per-user", "0"]);
        let file = "limit-per-user = 5\nlimit-per-client = 6\ntrusted-proxies = ['10.0.0.0/8', '::1']\nproxy-header = 'forwarded'";
        given.fill_from(toml::from_str(file).unwrap());
        let limits = given.protection.limits(false);
        assert_eq!((limits.per_user, limits.per_client, given.protection.trusted_proxies.len()), (0, 6, 2));
        assert!(toml::from_str::<Options>("trusted-proxies = ['a proxy']").is_err());
        let wrong = Cli::try_parse_from(["poolhouse", "serve", "--trusted-proxies", "10.0.0.0/8,a"]);
        assert!(wrong.is_err());
    }

    #[test]
    fn strangers_do_not_watch_where_no_proxy_keeps_them_out() {
        let watchers = |arguments: &[&str]| {
            let options = options(arguments);
            options.protection.watchers(options.has_tls())
        };
        let tls = ["--tls-certificate", "a", "--tls-key", "b"];
        assert_eq!(watchers(&[]), Watchers::Everybody);
        assert_eq!(watchers(&tls), Watchers::ThisMachine);
        let inside = Watchers::From(vec!["10.0.0.0/8".parse().unwrap()]);
        assert_eq!(watchers(&["--watch-from", "10.0.0.0/8"]), inside);
        assert_eq!(watchers(&[&tls[..], &["--watch-from", "10.0.0.0/8"]].concat()), inside);
        let mut given = options(&[]);
        given.fill_from(toml::from_str("watch-from = ['10.0.0.0/8']").unwrap());
        assert_eq!(given.protection.watchers(false), inside);
    }

    #[test]
    fn the_database_is_used_as_the_options_say() {
        let usual = options(&[]).store.database();
        assert_eq!((usual.connections, usual.wait.as_secs(), usual.statement.as_secs()), (32, 10, 30));
        let mut given = options(&["--database-connections", "7"]);
        given.fill_from(toml::from_str("database-connections = 9\ndatabase-timeout = 2").unwrap());
        let given = given.store.database();
        assert_eq!((given.connections, given.wait.as_secs(), given.statement.as_secs()), (7, 2, 2));
        assert!(Cli::try_parse_from(["poolhouse", "serve", "--database-connections", "0"]).is_err());
    }

    #[test]
    fn a_file_with_the_databases_password_holds_a_secret() {
        for (url, holds) in [
            ("postgres://me:hunter2@host/db", true),
            ("postgres://me@host/db?sslmode=require&password=hunter2", true),
            ("postgres:///db?password=hunter2&host=/run/postgresql", true),
            ("postgres://me@host:5432/db?sslmode=require", false),
            ("sqlite:/var/lib/poolhouse.db", false),
            ("env:DATABASE", false),
        ] {
            assert_eq!(options(&["--database", url]).holds_secrets(), holds, "{url}");
        }
    }

    #[test]
    fn development_has_fixed_credentials_unless_others_are_given() {
        let root = options(&["--dev"]).root().unwrap().unwrap();
        assert_eq!(
            (root.access_key_id.as_str(), root.secret_access_key.as_str()),
            ("poolhouse", "poolhouse-dev")
        );
        assert!(options(&[]).root().unwrap().is_none());
    }
}
