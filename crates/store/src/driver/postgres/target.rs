//! Where PostgreSQL is, and how the way to it is protected: what the URL says.

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use percent_encoding::percent_decode_str;
use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode, TargetSessionAttrs};

use super::errors::full_text;
use super::hosts;
use super::tls::{Tls, Verification};
use crate::error::OpenError;
use crate::options::Options;

/// How long a connection may be silent before the system asks whether the other side lives.
const KEEPALIVE: Duration = Duration::from_secs(30);

/// How long it waits for the answer, before it asks again or gives up.
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(5);

/// How often it asks.
const KEEPALIVE_RETRIES: u32 = 3;

/// How long each of several hosts is tried: whoever waits for a connection, readiness above all, is to come to the next.
const TRY: Duration = Duration::from_secs(1);

/// What a connection is made of.
pub(super) struct Target {
    /// One for each host of the URL, of which there is one at least.
    pub(super) hosts: Vec<Config>,
    /// How long each of them is tried.
    pub(super) patience: Duration,
    /// Absent where the connection is in plain text.
    pub(super) tls: Option<Tls>,
}

/// The URL's `sslmode`, in libpq's words.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    Disable,
    Prefer,
    Require,
    VerifyCa,
    VerifyFull,
}

impl Target {
    /// Reads the URL.
    pub(super) fn read(options: &Options) -> Result<Self, OpenError> {
        let (rest, mode, roots) = take_tls_settings(&options.url)?;
        let mut config: Config =
            rest.parse().map_err(|e: tokio_postgres::Error| OpenError::Url(full_text(&e)))?;
        complete(&mut config, options);
        let verification = mode.verification(&config, roots.is_some());
        let tls = verification.map(|verification| Tls::new(verification, roots.as_deref())).transpose()?;
        config.ssl_mode(if tls.is_some() { SslMode::Require } else { SslMode::Disable });
        let patience = config.get_connect_timeout().copied().unwrap_or(options.wait);
        Ok(Self { hosts: hosts::each(&config), patience, tls })
    }
}

impl Mode {
    fn read(text: &str) -> Result<Self, OpenError> {
        match text {
            "disable" => Ok(Self::Disable),
            "prefer" => Ok(Self::Prefer),
            "require" => Ok(Self::Require),
            "verify-ca" => Ok(Self::VerifyCa),
            "verify-full" => Ok(Self::VerifyFull),
            _ => Err(OpenError::Url(format!(
                "sslmode is disable, prefer, require, verify-ca or verify-full, not {text:?}"
            ))),
        }
    }

    /// How the certificate is verified; `None` for plain text. What is in plain text leaves this machine only where
    /// that is written out.
    fn verification(self, config: &Config, has_roots: bool) -> Option<Verification> {
        match self {
            Self::Disable => None,
            // As with libpq: there is no TLS on Unix sockets.
            _ if every_host(config, |host| matches!(host, Host::Unix(_))) => None,
            Self::Prefer if every_host(config, is_here) => None,
            Self::Prefer | Self::VerifyFull => Some(Verification::Full),
            // As with libpq: who names authorities wants them to be asked.
            Self::Require if !has_roots => Some(Verification::None),
            Self::Require | Self::VerifyCa => Some(Verification::Authority),
        }
    }
}

/// Fills in what the URL leaves open. Connections are given up after some time without a sign of the other side.
fn complete(config: &mut Config, options: &Options) {
    let (usual, silence) = (Config::new(), options.wait);
    let hosts = config.get_hosts().len().max(config.get_hostaddrs().len());
    if config.get_connect_timeout().is_none() {
        config.connect_timeout(if hosts > 1 { TRY.min(silence) } else { silence });
    }
    // Of several servers one is the primary.
    if hosts > 1
        && !options.access.reads_only()
        && config.get_target_session_attrs() == TargetSessionAttrs::Any
    {
        config.target_session_attrs(TargetSessionAttrs::ReadWrite);
    }
    if config.get_tcp_user_timeout().is_none() {
        config.tcp_user_timeout(silence);
    }
    if config.get_keepalives_idle() == usual.get_keepalives_idle() {
        config.keepalives_idle(KEEPALIVE);
    }
    if config.get_keepalives_interval().is_none() {
        config.keepalives_interval(KEEPALIVE_INTERVAL);
    }
    if config.get_keepalives_retries().is_none() {
        config.keepalives_retries(KEEPALIVE_RETRIES);
    }
    if config.get_application_name().is_none() {
        config.application_name("poolhouse");
    }
}

/// The URL without the settings of TLS, which the driver does not know all of, and those.
fn take_tls_settings(url: &str) -> Result<(String, Mode, Option<PathBuf>), OpenError> {
    let (mut mode, mut roots, mut system) = (None, None, false);
    // A password may hold a question mark.
    let host = url.find('@').unwrap_or(0);
    let Some(mark) = url.get(host..).and_then(|rest| rest.find('?')).map(|at| host + at) else {
        return Ok((url.to_owned(), Mode::Prefer, roots));
    };
    let (place, settings) = url.split_at(mark);
    let mut others = Vec::new();
    for setting in settings.trim_start_matches('?').split('&').filter(|setting| !setting.is_empty()) {
        match setting.split_once('=') {
            Some(("sslmode", text)) => mode = Some(Mode::read(text)?),
            // libpq's word for the authorities of the system.
            Some(("sslrootcert", "system")) => system = true,
            Some(("sslrootcert", file)) => {
                let file = percent_decode_str(file).decode_utf8();
                let file = file.map_err(|_| OpenError::Url("sslrootcert is not in UTF-8".to_owned()))?;
                roots = Some(Path::new(&*file).to_path_buf());
            }
            _ => others.push(setting),
        }
    }
    let mode = mode.unwrap_or(if system { Mode::VerifyFull } else { Mode::Prefer });
    // libpq refuses the second of them, too.
    if mode == Mode::VerifyCa && roots.is_none() || system && mode != Mode::VerifyFull {
        return Err(OpenError::Url(
            "public authorities sign for anybody: use sslmode=verify-full, or name your own authority in sslrootcert"
                .to_owned(),
        ));
    }
    let mark = if others.is_empty() { "" } else { "?" };
    Ok((format!("{place}{mark}{}", others.join("&")), mode, roots))
}

/// Whether this is so of every address that may be connected to.
fn every_host(config: &Config, is_so: impl Fn(&Host) -> bool) -> bool {
    let addresses = config.get_hostaddrs();
    if addresses.is_empty() {
        config.get_hosts().iter().all(is_so)
    } else {
        addresses.iter().all(|address| is_so(&Host::Tcp(address.to_string())))
    }
}

/// Whether what is sent to this host stays on this machine.
fn is_here(host: &Host) -> bool {
    match host {
        Host::Unix(_) => true,
        Host::Tcp(name) => {
            name == "localhost" || name.parse().is_ok_and(|address: IpAddr| address.is_loopback())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How a URL with this host and query is protected.
    fn verification(host: &str, query: &str) -> Option<Verification> {
        let (rest, mode, roots) = take_tls_settings(&format!("postgres://me:a?b@{host}/db{query}")).unwrap();
        mode.verification(&rest.parse().unwrap(), roots.is_some())
    }

    #[test]
    fn plain_text_stays_on_this_machine_unless_it_is_written_out() {
        for host in ["127.0.0.1", "localhost", "[::1]", "%2Frun%2Fpostgresql", "127.0.0.1,localhost"] {
            assert_eq!(verification(host, ""), None, "{host}");
            assert_eq!(verification(host, "?sslmode=prefer"), None, "{host}");
        }
        for host in ["db.example.com", "10.0.0.7", "127.0.0.1,10.0.0.7", "localhost.example.com"] {
            assert_eq!(verification(host, ""), Some(Verification::Full), "{host}");
            assert_eq!(verification(host, "?sslmode=prefer"), Some(Verification::Full), "{host}");
            assert_eq!(verification(host, "?application_name=a&sslmode=disable"), None, "{host}");
        }
        assert_eq!(verification("localhost", "?hostaddr=10.0.0.7"), Some(Verification::Full));
        assert_eq!(verification("db.example.com", "?hostaddr=127.0.0.1"), None);
    }

    #[test]
    fn modes_mean_what_they_mean_to_libpq() {
        for host in ["127.0.0.1", "db.example.com"] {
            let of = |query: &str| verification(host, query);
            assert_eq!(of("?sslmode=require"), Some(Verification::None));
            assert_eq!(of("?sslmode=require&sslrootcert=/a%20b.pem"), Some(Verification::Authority));
            assert_eq!(of("?sslmode=verify-ca&sslrootcert=/a.pem"), Some(Verification::Authority));
            assert_eq!(of("?sslmode=verify-full"), Some(Verification::Full));
            assert_eq!(of("?sslmode=verify-full&sslrootcert=system"), Some(Verification::Full));
            assert_eq!(of("?sslrootcert=system"), Some(Verification::Full));
        }
        assert_eq!(verification("%2Frun%2Fpostgresql", "?sslmode=verify-full"), None);
        // Anybody gets a certificate of a public authority, for a name of their own.
        let unsafe_ones = [
            "?sslmode=verify-ca",
            "?sslmode=verify-ca&sslrootcert=system",
            "?sslmode=require&sslrootcert=system",
            "?sslrootcert=system&sslmode=prefer",
        ];
        for wrong in ["?sslmode=allow", "?sslmode="].into_iter().chain(unsafe_ones) {
            assert!(take_tls_settings(&format!("postgres://db/db{wrong}")).is_err(), "{wrong}");
        }
    }

    #[test]
    fn of_several_hosts_the_primary_is_sought_without_long_waits() {
        let of = |url: &str| {
            let options = Options { wait: Duration::from_secs(12), ..Options::new(url) };
            let target = Target::read(&options).unwrap();
            (target.hosts[0].get_target_session_attrs(), target.patience)
        };
        let seconds = Duration::from_secs;
        assert_eq!(of("postgres://127.0.0.1/db"), (TargetSessionAttrs::Any, seconds(12)));
        assert_eq!(of("postgres://127.0.0.1:1,[::1]:2/db"), (TargetSessionAttrs::ReadWrite, seconds(1)));
        let written = "postgres://127.0.0.1,[::1]/db?target_session_attrs=read-only&connect_timeout=7";
        assert_eq!(of(written), (TargetSessionAttrs::ReadOnly, seconds(7)));
    }

    #[test]
    fn other_settings_are_the_drivers() {
        let url =
            "postgres://me:a?b@db/db?connect_timeout=7&sslmode=require&sslrootcert=%2Fa&application_name=b";
        let (rest, _, roots) = take_tls_settings(url).unwrap();
        assert_eq!(rest, "postgres://me:a?b@db/db?connect_timeout=7&application_name=b");
        assert_eq!(roots.as_deref(), Some(Path::new("/a")));
    }
}
