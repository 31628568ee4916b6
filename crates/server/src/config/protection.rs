//! Settings of how much may be asked, of who is asking, and of which passwords others know.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;
use poolhouse_kernel::limits::Limits;
use poolhouse_kernel::limits::shares::Bounds;
use serde::Deserialize;

use crate::exit::Failure;
use crate::fetch::{Allowed, Reach};
use crate::source::{Network, ProxyHeader, Sources};
use crate::watch::Watchers;

const KIB_IN_MIB: u32 = 1024;

/// Two years.
const AUTH_EVENT_DAYS: u32 = 731;

/// Options of protection (docs/protection.md).
#[derive(Args, Debug, Default, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub(crate) struct ProtectionOptions {
    /// Unsigned requests a second from one source address, with ten seconds' worth at once; 0 for no limit. This
    /// machine's own address does not count [default: 1000; with --dev 0].
    #[arg(long, env = "POOLHOUSE_LIMIT_PER_ADDRESS", value_name = "N")]
    pub(crate) limit_per_address: Option<u32>,

    /// Requests a second with an administrator's signature from one source address, likewise [default: 0].
    #[arg(long, env = "POOLHOUSE_LIMIT_PER_SIGNED_ADDRESS", value_name = "N")]
    pub(crate) limit_per_signed_address: Option<u32>,

    /// Requests a second for one app client, likewise [default: 10000; with --dev 0].
    #[arg(long, env = "POOLHOUSE_LIMIT_PER_CLIENT", value_name = "N")]
    pub(crate) limit_per_client: Option<u32>,

    /// Requests a second for one user, likewise [default: 200; with --dev 0].
    #[arg(long, env = "POOLHOUSE_LIMIT_PER_USER", value_name = "N")]
    pub(crate) limit_per_user: Option<u32>,

    /// Codes an hour that one user may be sent to sign in with, as a first factor, and as many as a second one; 0 for
    /// no limit [default: 30; with --dev 0].
    #[arg(long, env = "POOLHOUSE_LIMIT_SIGN_IN_CODES", value_name = "N")]
    pub(crate) limit_sign_in_codes: Option<u32>,

    /// Clients an hour that one source address may register without a token, and metadata documents of clients that it may have
    /// fetched, in pools that allow it; 0 for no limit. This machine's own address does not count [default: 10; with --dev 0].
    #[arg(long, env = "POOLHOUSE_LIMIT_REGISTRATIONS", value_name = "N")]
    pub(crate) limit_registrations: Option<u32>,

    /// Holds requests to the rate categories of Cognito, which UpdateProvisionedLimit sets, and lets it set up to so many
    /// times the default of each; 0 for no limit [default: 0].
    #[arg(long, env = "POOLHOUSE_LIMIT_CATEGORIES", value_name = "TIMES")]
    pub(crate) limit_categories: Option<u32>,

    /// Memory for requests whose bodies are being read and which are being answered, in MiB; 0 for no limit [default: 64].
    #[arg(long, env = "POOLHOUSE_LIMIT_BODY_MEMORY", value_name = "MIB")]
    pub(crate) limit_body_memory: Option<u32>,

    /// The part of it for one source address, in MiB; this machine's own address does not count [default: 8; with
    /// --dev 0].
    #[arg(long, env = "POOLHOUSE_LIMIT_BODY_MEMORY_PER_ADDRESS", value_name = "MIB")]
    pub(crate) limit_body_memory_per_address: Option<u32>,

    /// Open connections; 0 for no limit [default: 20000].
    #[arg(long, env = "POOLHOUSE_LIMIT_CONNECTIONS", value_name = "N")]
    pub(crate) limit_connections: Option<u32>,

    /// Open connections from one source address, but this machine's own and trusted proxies [default: 1000; with
    /// --dev 0].
    #[arg(long, env = "POOLHOUSE_LIMIT_CONNECTIONS_PER_ADDRESS", value_name = "N")]
    pub(crate) limit_connections_per_address: Option<u32>,

    /// Addresses, or ranges such as 10.0.0.0/8, of proxies that are believed when they name the source of a request,
    /// separated by commas [default: none].
    #[arg(long, env = "POOLHOUSE_TRUSTED_PROXIES", value_name = "ADDRESSES", value_delimiter = ',')]
    pub(crate) trusted_proxies: Vec<Network>,

    /// An address and port of its own for those who watch, by plain HTTP: figures, readiness and health are there, and figures
    /// no longer at the other port [default: none].
    #[arg(long, env = "POOLHOUSE_WATCH_LISTEN", value_name = "ADDRESS:PORT")]
    pub(crate) watch_listen: Option<SocketAddr>,

    /// Addresses, or ranges such as 10.0.0.0/8, from which the figures and the readiness of this server may be asked for,
    /// separated by commas; to others there is nothing at /_poolhouse/metrics and /_poolhouse/ready [default: all; with
    /// TLS of its own this machine's, but all at a port of their own].
    #[arg(long, env = "POOLHOUSE_WATCH_FROM", value_name = "ADDRESSES", value_delimiter = ',')]
    pub(crate) watch_from: Vec<Network>,

    /// Hosts, addresses or ranges such as 10.0.0.0/8 of own networks from which documents may be fetched that pools name
    /// (keys and metadata of identity providers and clients), separated by commas [default: none; with --dev this machine's
    /// own addresses, by plain HTTP too].
    #[arg(long, env = "POOLHOUSE_ALLOW_PRIVATE_FETCH", value_name = "HOSTS", value_delimiter = ',')]
    pub(crate) allow_private_fetch: Vec<Allowed>,

    /// For how many days what happened around sign-ins is kept, in pools with threat protection
    /// [default: 731, two years].
    #[arg(long, env = "POOLHOUSE_AUTH_EVENT_DAYS", value_name = "DAYS")]
    pub(crate) auth_event_days: Option<u32>,

    /// The header in which they name it [default: x-forwarded-for].
    #[arg(long, env = "POOLHOUSE_PROXY_HEADER", value_enum)]
    pub(crate) proxy_header: Option<ProxyHeader>,

    /// List of passwords that others know, made by `poolhouse passwords build`; without one only the commonest are known.
    #[arg(long, env = "POOLHOUSE_COMPROMISED_PASSWORDS", value_name = "FILE")]
    pub(crate) compromised_passwords: Option<PathBuf>,
}

impl ProtectionOptions {
    /// Takes from the file what neither option nor environment gave.
    pub(super) fn fill_from(&mut self, file: Self) {
        let Self {
            limit_per_address,
            limit_per_signed_address,
            limit_per_client,
            limit_per_user,
            limit_sign_in_codes,
            limit_registrations,
            limit_categories,
            limit_body_memory,
            limit_body_memory_per_address,
            limit_connections,
            limit_connections_per_address,
            trusted_proxies,
            watch_listen,
            watch_from,
            allow_private_fetch,
            auth_event_days,
            proxy_header,
            compromised_passwords,
        } = file;
        self.limit_per_address = self.limit_per_address.or(limit_per_address);
        self.limit_per_signed_address = self.limit_per_signed_address.or(limit_per_signed_address);
        self.limit_per_client = self.limit_per_client.or(limit_per_client);
        self.limit_per_user = self.limit_per_user.or(limit_per_user);
        self.limit_sign_in_codes = self.limit_sign_in_codes.or(limit_sign_in_codes);
        self.limit_registrations = self.limit_registrations.or(limit_registrations);
        self.limit_categories = self.limit_categories.or(limit_categories);
        self.limit_body_memory = self.limit_body_memory.or(limit_body_memory);
        self.limit_body_memory_per_address =
            self.limit_body_memory_per_address.or(limit_body_memory_per_address);
        self.limit_connections = self.limit_connections.or(limit_connections);
        self.limit_connections_per_address =
            self.limit_connections_per_address.or(limit_connections_per_address);
        if self.trusted_proxies.is_empty() {
            self.trusted_proxies = trusted_proxies;
        }
        self.watch_listen = self.watch_listen.or(watch_listen);
        if self.watch_from.is_empty() {
            self.watch_from = watch_from;
        }
        if self.allow_private_fetch.is_empty() {
            self.allow_private_fetch = allow_private_fetch;
        }
        self.auth_event_days = self.auth_event_days.or(auth_event_days);
        self.proxy_header = self.proxy_header.or(proxy_header);
        self.compromised_passwords = self.compromised_passwords.take().or(compromised_passwords);
    }

    /// For how many days auth events are kept (operations-and-protection §9.4, documented).
    pub(crate) fn auth_event_days(&self) -> u32 {
        self.auth_event_days.unwrap_or(AUTH_EVENT_DAYS)
    }

    /// Refuses a setting that has no effect: it is a misunderstanding.
    ///
    /// # Errors
    /// Names the setting.
    pub(super) fn check(&self) -> Result<(), Failure> {
        if self.proxy_header.is_some() && self.trusted_proxies.is_empty() {
            return Err(Failure::setup(
                "proxy-header is given without trusted-proxies; name the proxies, or leave it out",
            ));
        }
        Ok(())
    }

    /// What may be asked. Development is one person's, and its tests ask as fast as they can.
    pub(crate) fn limits(&self, dev: bool) -> Limits {
        let or = |given: Option<u32>, usual| given.unwrap_or(if dev { 0 } else { usual });
        Limits {
            per_address: or(self.limit_per_address, 1000),
            per_signed_address: or(self.limit_per_signed_address, 0),
            per_client: or(self.limit_per_client, 10_000),
            per_user: or(self.limit_per_user, 200),
            sign_in_codes: or(self.limit_sign_in_codes, 30),
            strangers: or(self.limit_registrations, 10),
            category_factor: self.limit_categories.unwrap_or(0),
            bodies: Bounds {
                all: self.limit_body_memory.unwrap_or(64).saturating_mul(KIB_IN_MIB),
                each: or(self.limit_body_memory_per_address, 8).saturating_mul(KIB_IN_MIB),
            },
        }
    }

    /// How many connections may be open.
    pub(crate) fn connections(&self, dev: bool) -> Bounds {
        Bounds {
            all: self.limit_connections.unwrap_or(20_000),
            each: self.limit_connections_per_address.unwrap_or(if dev { 0 } else { 1000 }),
        }
    }

    /// From where documents may be fetched that pools name.
    pub(crate) fn reach(&self, dev: bool) -> Reach {
        Reach::new(self.allow_private_fetch.clone(), dev)
    }

    /// Who may watch at the port of clients. With TLS of its own, no proxy keeps strangers out.
    pub(crate) fn watchers(&self, own_tls: bool) -> Watchers {
        match (self.watch_from.is_empty(), own_tls) {
            (false, _) => Watchers::From(self.watch_from.clone()),
            (true, true) => Watchers::ThisMachine,
            (true, false) => Watchers::Everybody,
        }
    }

    /// Who may watch at a port of their own: who reaches it, unless somebody is named.
    pub(crate) fn watchers_of_own_port(&self) -> Watchers {
        self.watchers(false)
    }

    /// How the source of a request is told.
    pub(crate) fn sources(&self) -> Sources {
        Sources::new(self.trusted_proxies.clone(), self.proxy_header.unwrap_or_default())
    }
}
