//! Where a request comes from: the peer's address, or the one that a trusted proxy names.

use std::net::IpAddr;
use std::str::FromStr;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::http::HeaderMap;
use clap::ValueEnum;
use poolhouse_api::forwarded::{self, MOST_HOPS};
use poolhouse_core::threat::ranges::Range;
use poolhouse_oauth::ReachedAs;
use serde::Deserialize;

/// A range of addresses, such as `10.0.0.0/8`, or a single one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Network(Range);

/// The header in which proxies name whom they speak for, the nearest last.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ProxyHeader {
    /// X-Forwarded-For: addresses, separated by commas.
    #[default]
    XForwardedFor,
    /// Forwarded (RFC 7239).
    Forwarded,
}

/// How sources are told.
#[derive(Debug, Default)]
pub(crate) struct Sources {
    trusted: Vec<Network>,
    header: ProxyHeader,
    /// Whether it was said that somebody who is not trusted speaks for others, and that this machine does.
    warned: AtomicBool,
    warned_of_own: AtomicBool,
}

impl Sources {
    pub(crate) fn new(trusted: Vec<Network>, header: ProxyHeader) -> Self {
        Self { trusted, header, ..Self::default() }
    }

    /// The address that a request comes from. Only what a trusted proxy says is believed, from the nearest on: the
    /// first address that is not a trusted proxy's is the source. What stands before it anybody may have written.
    pub(crate) fn of(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let peer = peer.to_canonical();
        if !headers.contains_key(self.header.name()) {
            return peer;
        }
        if !self.trusts(peer) {
            self.warn_of(peer);
            return peer;
        }
        let mut source = peer;
        for named in self.header.nearest_first(headers) {
            let Some(address) = named.filter(|_| self.trusts(source)) else { break };
            source = address.to_canonical();
        }
        source
    }

    /// Says once that somebody speaks for others, and once that this machine does: a stranger's word does not hide that of a
    /// proxy on it, behind which nobody has any limits.
    fn warn_of(&self, peer: IpAddr) {
        let warned = if peer.is_loopback() { &self.warned_of_own } else { &self.warned };
        if warned.swap(true, Ordering::Relaxed) {
            return;
        }
        let effect = if peer.is_loopback() { "; until then nobody has limits by address" } else { "" };
        tracing::warn!(
            %peer,
            "requests name others in {}; if that is your proxy, give its address with --trusted-proxies{effect}",
            self.header.name()
        );
    }

    /// How the client reached a trusted proxy, as far as that says so in its own header: others are a client's word. Of
    /// several values the last is the nearest proxy's own.
    pub(crate) fn reached(&self, peer: IpAddr, headers: &HeaderMap) -> Option<ReachedAs> {
        if !self.trusts(peer.to_canonical()) {
            return None;
        }
        let last = |name: &str| headers.get_all(name).into_iter().next_back()?.to_str().ok();
        let of_list = |name| last(name).and_then(|value| value.rsplit(',').next()).map(str::trim);
        let (host, scheme) = match self.header {
            ProxyHeader::XForwardedFor => (of_list("x-forwarded-host"), of_list("x-forwarded-proto")),
            ProxyHeader::Forwarded => {
                let said = last("forwarded").unwrap_or_default();
                (forwarded::nearest(said, "host"), forwarded::nearest(said, "proto"))
            }
        };
        let (host, scheme) =
            (host.filter(|host| !host.is_empty()), scheme.filter(|scheme| !scheme.is_empty()));
        let https = scheme.map(|scheme| scheme.eq_ignore_ascii_case("https"));
        Some(ReachedAs { host: host.map(ToOwned::to_owned), https })
    }

    /// Whether it is a trusted proxy's.
    pub(crate) fn trusts(&self, address: IpAddr) -> bool {
        self.trusted.iter().any(|network| network.contains(address))
    }
}

impl ProxyHeader {
    const fn name(self) -> &'static str {
        match self {
            Self::XForwardedFor => "x-forwarded-for",
            Self::Forwarded => "forwarded",
        }
    }

    /// The addresses that it names, the nearest first; `None` where one is unknown or hidden.
    fn nearest_first(self, headers: &HeaderMap) -> impl Iterator<Item = Option<IpAddr>> {
        let read = match self {
            Self::XForwardedFor => forwarded::x_forwarded_for,
            Self::Forwarded => forwarded::forwarded,
        };
        // What cannot be read hides what came before it.
        let values = headers.get_all(self.name()).into_iter().rev();
        values.flat_map(move |value| read(value.to_str().unwrap_or_default())).take(MOST_HOPS)
    }
}

impl Network {
    /// Whether an address lies in it.
    pub(crate) fn contains(&self, address: IpAddr) -> bool {
        self.0.contains(address)
    }
}

impl FromStr for Network {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let range = Range::parse(text).or_else(|| text.parse().ok().map(Range::of));
        range
            .map(Self)
            .ok_or_else(|| format!("{text:?} is neither an address nor a range such as 10.0.0.0/8"))
    }
}

impl TryFrom<String> for Network {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROXIES: [&str; 2] = ["10.0.0.0/8", "2001:db8::1"];

    fn source_by(header: ProxyHeader, peer: &str, values: &[&str], trusted: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(header.name(), value.parse().unwrap());
        }
        let trusted = trusted.iter().map(|text| text.parse().unwrap()).collect();
        Sources::new(trusted, header).of(peer.parse().unwrap(), &headers).to_string()
    }

    fn source(peer: &str, values: &[&str], trusted: &[&str]) -> String {
        source_by(ProxyHeader::XForwardedFor, peer, values, trusted)
    }

    #[test]
    fn only_trusted_proxies_are_believed() {
        assert_eq!(source("192.0.2.1", &["198.51.100.1"], &PROXIES), "192.0.2.1");
        assert_eq!(source("10.1.2.3", &["198.51.100.1"], &[]), "10.1.2.3");
        assert_eq!(source("10.1.2.3", &["198.51.100.1"], &PROXIES), "198.51.100.1");
        assert_eq!(source("::ffff:10.1.2.3", &["198.51.100.1"], &PROXIES), "198.51.100.1");
        assert_eq!(source("2001:db8::1", &["198.51.100.1, 10.0.0.9"], &PROXIES), "198.51.100.1");
        // What the client itself wrote stands first and is not reached.
        assert_eq!(source("10.1.2.3", &["203.0.113.9, 198.51.100.1"], &PROXIES), "198.51.100.1");
        assert_eq!(source("10.1.2.3", &["203.0.113.9", "198.51.100.1, 10.0.0.9"], &PROXIES), "198.51.100.1");
    }

    #[test]
    fn only_trusted_proxies_say_how_they_were_reached() {
        let reached = |header, peer: &str, values: &[(&'static str, &str)]| {
            let mut headers = HeaderMap::new();
            for (name, value) in values {
                headers.append(*name, value.parse().unwrap());
            }
            let sources = Sources::new(vec!["10.0.0.0/8".parse().unwrap()], header);
            sources.reached(peer.parse().unwrap(), &headers).map(|reached| (reached.host, reached.https))
        };
        let values = [("x-forwarded-host", "evil.test, shop.example:8443"), ("x-forwarded-proto", "HTTPS")];
        let told = Some((Some("shop.example:8443".to_owned()), Some(true)));
        assert_eq!(reached(ProxyHeader::XForwardedFor, "10.1.2.3", &values), told);
        assert_eq!(reached(ProxyHeader::XForwardedFor, "192.0.2.1", &values), None);
        // Beside the header that is chosen, the others are a client's word.
        assert_eq!(reached(ProxyHeader::Forwarded, "10.1.2.3", &values), Some((None, None)));
        let said = r#"for=1.2.3.4;host=evil.test;proto=http, For="198.51.100.1:1";Proto=https;Host="shop.example:8443""#;
        assert_eq!(reached(ProxyHeader::Forwarded, "10.1.2.3", &[("forwarded", said)]), told);
        assert_eq!(reached(ProxyHeader::Forwarded, "192.0.2.1", &[("forwarded", said)]), None);
        let quoted = r#"host=real.test, for="x, host=evil.test;y";host=real.test"#;
        let real = Some((Some("real.test".to_owned()), None));
        assert_eq!(reached(ProxyHeader::Forwarded, "10.1.2.3", &[("forwarded", quoted)]), real);
        assert_eq!(reached(ProxyHeader::XForwardedFor, "10.1.2.3", &[]), Some((None, None)));
    }

    #[test]
    fn what_is_no_address_is_not_believed() {
        for hidden in ["198.51.100.1, unknown", "198.51.100.1, ", "198.51.100.1, [::1", "198.51.100.1,1.2.3"]
        {
            assert_eq!(source("10.1.2.3", &[hidden], &PROXIES), "10.1.2.3", "{hidden}");
        }
        assert_eq!(source("10.1.2.3", &[], &PROXIES), "10.1.2.3");
        assert_eq!(source("10.1.2.3", &["10.0.0.9"], &PROXIES), "10.0.0.9");
    }

    // A client may write names of proxies, too, and as many as the head of a request holds.
    #[test]
    fn no_more_is_read_than_chains_of_proxies_are_long() {
        let long = format!("198.51.100.1, {}10.0.0.2", "10.0.0.1, ".repeat(MOST_HOPS));
        assert_eq!(source("10.1.2.3", &[&long], &PROXIES), "10.0.0.1");
        assert_eq!(source("10.1.2.3", &["198.51.100.1"; MOST_HOPS + 1], &PROXIES), "198.51.100.1");
        let chain = format!("198.51.100.1{}", ", 10.0.0.1".repeat(MOST_HOPS - 1));
        assert_eq!(source("10.1.2.3", &[&chain], &PROXIES), "198.51.100.1");
        for read in [forwarded::x_forwarded_for, forwarded::forwarded] {
            assert_eq!(read(&",".repeat(1000)).len(), MOST_HOPS);
            assert_eq!(read(&",".repeat(2000)).len(), MOST_HOPS);
        }
    }

    #[test]
    fn a_stranger_who_names_others_does_not_hide_a_proxy_on_this_machine() {
        let mut headers = HeaderMap::new();
        headers.insert("x-forwarded-for", "198.51.100.1".parse().unwrap());
        let sources = Sources::default();
        let told = || [&sources.warned, &sources.warned_of_own].map(|flag| flag.load(Ordering::Relaxed));
        sources.of("192.0.2.1".parse().unwrap(), &headers);
        assert_eq!(told(), [true, false]);
        sources.of("::ffff:127.0.0.1".parse().unwrap(), &headers);
        assert_eq!(told(), [true, true]);
    }

    #[test]
    fn ports_and_brackets_are_left_out() {
        for (text, address) in [
            ("198.51.100.1:4711", "198.51.100.1"),
            ("[2001:db8:cafe::17]:4711", "2001:db8:cafe::17"),
            ("[2001:db8:cafe::17]", "2001:db8:cafe::17"),
            ("2001:db8:cafe::17", "2001:db8:cafe::17"),
        ] {
            assert_eq!(source("10.1.2.3", &[text], &PROXIES), address);
        }
    }

    #[test]
    fn forwarded_is_read_where_it_is_chosen() {
        let by = |values: &[&str]| source_by(ProxyHeader::Forwarded, "10.1.2.3", values, &PROXIES);
        assert_eq!(by(&["for=198.51.100.1;proto=https;by=10.1.2.3"]), "198.51.100.1");
        assert_eq!(by(&["For=\"[2001:db8:cafe::17]:4711\""]), "2001:db8:cafe::17");
        assert_eq!(by(&["for=203.0.113.9, by=x; FOR = 198.51.100.1 , for=10.0.0.9"]), "198.51.100.1");
        assert_eq!(by(&["for=203.0.113.9", "for=198.51.100.1"]), "198.51.100.1");
        assert_eq!(by(&["for=198.51.100.1, for=_hidden"]), "10.1.2.3");
        assert_eq!(by(&["for=198.51.100.1, proto=https"]), "10.1.2.3");
        // A client chose the host, and the proxy quoted it.
        let hostile = r#"for=198.51.100.1;host="a\",for=203.0.113.9,b""#;
        assert_eq!(by(&[hostile]), "198.51.100.1");
        // The other header is a client's word here.
        assert_eq!(source("10.1.2.3", &[], &PROXIES), "10.1.2.3");
        let mut headers = HeaderMap::new();
        headers.insert("x-forwarded-for", "203.0.113.9".parse().unwrap());
        let sources = Sources::new(vec!["10.0.0.0/8".parse().unwrap()], ProxyHeader::Forwarded);
        assert_eq!(sources.of("10.1.2.3".parse().unwrap(), &headers).to_string(), "10.1.2.3");
    }

    #[test]
    fn networks_are_ranges_or_addresses() {
        assert_eq!(source("192.0.2.1", &["198.51.100.1"], &[" 192.0.2.1"]), "198.51.100.1");
        assert_eq!(source("::ffff:192.0.2.1", &["198.51.100.1"], &["::ffff:192.0.2.1"]), "198.51.100.1");
        for wrong in ["", "10.0.0.0/33", "10.0.0.0/x", "example.com", "::/129"] {
            assert!(wrong.parse::<Network>().is_err(), "{wrong}");
        }
    }
}
