//! Which addresses may be reached for somebody else.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::str::FromStr;

use poolhouse_core::threat::ranges::Range;
use poolhouse_ports::FetchError;
use serde::Deserialize;

use crate::source::Network;

/// IPv4 that is not everybody's (RFC 6890 and its registry).
const SPECIAL_V4: [(Ipv4Addr, u32); 16] = [
    (Ipv4Addr::new(0, 0, 0, 0), 8),
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    // 169.254.169.254 is where clouds tell a machine its credentials.
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 0, 0, 0), 24),
    (Ipv4Addr::new(192, 0, 2, 0), 24),
    (Ipv4Addr::new(192, 88, 99, 0), 24),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    (Ipv4Addr::new(198, 18, 0, 0), 15),
    (Ipv4Addr::new(198, 51, 100, 0), 24),
    (Ipv4Addr::new(203, 0, 113, 0), 24),
    (Ipv4Addr::new(224, 0, 0, 0), 4),
    (Ipv4Addr::new(240, 0, 0, 0), 4),
    // Azure's machines ask their platform at this one, though it is in public space.
    (Ipv4Addr::new(168, 63, 129, 16), 32),
];

/// At which strangers may be asked. The scheme is HTTPS at both.
const PORTS: [u16; 2] = [443, 80];

/// What is not everybody's within 2000::/3, beyond which nothing of IPv6 is.
const SPECIAL_V6: [(Ipv6Addr, u32); 4] = [
    // Teredo and other protocols of the IETF.
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23),
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32),
    // 6to4 leads to whatever IPv4 address it holds.
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20),
];

/// Somebody of an own network who may be reached: a host name, an address or a range.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) enum Allowed {
    Host(String),
    Network(Network),
}

impl FromStr for Allowed {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if let Ok(network) = text.parse() {
            return Ok(Self::Network(network));
        }
        let is_name = !text.is_empty()
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_'));
        if is_name {
            Ok(Self::Host(text.to_ascii_lowercase()))
        } else {
            Err(format!(
                "{text:?} is neither a host name such as login.example.com, an address nor a range such as 10.0.0.0/8"
            ))
        }
    }
}

impl TryFrom<String> for Allowed {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

/// What may be reached beside the public addresses.
#[derive(Clone, Debug, Default)]
pub(crate) struct Reach {
    allowed: Vec<Allowed>,
    development: bool,
}

impl Reach {
    pub(crate) fn new(allowed: Vec<Allowed>, development: bool) -> Self {
        Self { allowed, development }
    }

    /// Says whether a host may be reached at the addresses to which its name leads. One address too many refuses it: who
    /// chooses among them is the name's owner. Strangers are reached at the usual ports alone (federation §9, §10, documented).
    pub(super) fn check(&self, host: &str, plain: bool, addresses: &[SocketAddr]) -> Result<(), FetchError> {
        let is_own = |address: &SocketAddr| address.ip().to_canonical().is_loopback();
        if self.development && addresses.iter().all(is_own) {
            return Ok(());
        }
        if plain {
            return Err(FetchError::Url("must begin with https://"));
        }
        if self.allowed.iter().any(|allowed| matches!(allowed, Allowed::Host(name) if name == host)) {
            return Ok(());
        }
        let refused = addresses.iter().map(SocketAddr::ip).find(|address| !self.may_reach(*address));
        if let Some(address) = refused {
            return Err(FetchError::Private { host: host.to_owned(), address });
        }
        let may_be_asked = |address: &SocketAddr| {
            self.development || PORTS.contains(&address.port()) || self.is_named(address.ip())
        };
        if addresses.iter().all(may_be_asked) {
            return Ok(());
        }
        Err(FetchError::Url("must lead to port 443 or 80, or to a host that --allow-private-fetch names"))
    }

    fn may_reach(&self, address: IpAddr) -> bool {
        is_public(address) || self.is_named(address)
    }

    /// Whether an address is in a network that is named.
    fn is_named(&self, address: IpAddr) -> bool {
        let holds =
            |allowed: &Allowed| matches!(allowed, Allowed::Network(network) if network.contains(address));
        self.allowed.iter().any(holds)
    }
}

/// Whether an address is everybody's. IPv4 inside IPv6 counts as what it leads to.
fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => !SPECIAL_V4.iter().any(|(network, prefix)| {
            Range::new((*network).into(), *prefix).is_some_and(|range| range.contains(address.into()))
        }),
        IpAddr::V6(address) => match translated(address) {
            Some(inner) => is_public(inner.into()),
            None => {
                address.segments()[0] & 0xe000 == 0x2000
                    && !SPECIAL_V6.iter().any(|(network, prefix)| {
                        Range::new((*network).into(), *prefix)
                            .is_some_and(|range| range.contains(address.into()))
                    })
            }
        },
    }
}

/// The address behind the well-known prefix of NAT64 (RFC 6052). In networks with IPv6 alone all of IPv4 is reached so.
fn translated(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let [0x64, 0xff9b, 0, 0, 0, 0, high, low] = address.segments() else { return None };
    Some(Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(reach: &Reach, host: &str, plain: bool, addresses: &[&str]) -> Result<(), FetchError> {
        let addresses: Vec<_> =
            addresses.iter().map(|text| SocketAddr::new(text.parse().unwrap(), 443)).collect();
        reach.check(host, plain, &addresses)
    }

    fn refused(host: &str, address: &str) -> Result<(), FetchError> {
        Err(FetchError::Private { host: host.to_owned(), address: address.parse().unwrap() })
    }

    #[test]
    fn what_is_not_everybodys_is_refused() {
        for address in [
            "0.0.0.0",
            "10.0.0.1",
            "100.64.0.1",
            "100.127.255.255",
            "127.0.0.1",
            "127.1.2.3",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.192",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.7",
            "203.0.113.7",
            "224.0.0.1",
            "255.255.255.255",
            "168.63.129.16",
            "::",
            "::1",
            "::ffff:10.0.0.1",
            "::ffff:169.254.169.254",
            "::127.0.0.1",
            "64:ff9b::a00:1",
            "64:ff9b::a9fe:a9fe",
            "64:ff9b:1::1",
            "100::1",
            "2001::1",
            "2001:db8::1",
            "2002:a00:1::1",
            "3fff::1",
            "5f00::1",
            "fc00::1",
            "fd00:ec2::254",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ] {
            assert_eq!(check(&Reach::default(), "x", false, &[address]), refused("x", address), "{address}");
        }
    }

    #[test]
    fn what_is_everybodys_may_be_reached() {
        for address in [
            "1.1.1.1",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "172.15.255.255",
            "172.32.0.0",
            "192.0.1.1",
            "198.17.255.255",
            "198.20.0.0",
            "223.255.255.255",
            "2606:4700::1111",
            "2a00:1450::1",
            "64:ff9b::101:101",
            "::ffff:1.1.1.1",
        ] {
            assert_eq!(check(&Reach::default(), "x", false, &[address]), Ok(()), "{address}");
        }
    }

    #[test]
    fn one_private_address_among_public_ones_refuses_the_name() {
        assert_eq!(check(&Reach::default(), "x", false, &["1.1.1.1", "10.0.0.1"]), refused("x", "10.0.0.1"));
    }

    #[test]
    fn hosts_and_ranges_that_are_named_may_be_reached_but_not_in_plain_text() {
        let named = ["idp.corp.example", "10.1.0.0/16", "fd00::7"].map(|text| text.parse().unwrap());
        let reach = Reach::new(named.to_vec(), false);
        assert_eq!(check(&reach, "idp.corp.example", false, &["10.9.9.9"]), Ok(()));
        assert_eq!(check(&reach, "x", false, &["10.1.2.3", "fd00::7"]), Ok(()));
        assert_eq!(check(&reach, "x", false, &["10.2.0.1"]), refused("x", "10.2.0.1"));
        assert_eq!(
            check(&reach, "x.idp.corp.example", false, &["10.9.9.9"]),
            refused("x.idp.corp.example", "10.9.9.9")
        );
        let plain = Err(FetchError::Url("must begin with https://"));
        assert_eq!(check(&reach, "idp.corp.example", true, &["10.9.9.9"]), plain);
        assert_eq!(check(&reach, "x", true, &["1.1.1.1"]), plain);
    }

    #[test]
    fn development_reaches_its_own_machine_and_no_other() {
        let reach = Reach::new(Vec::new(), true);
        assert_eq!(check(&reach, "localhost", true, &["127.0.0.1", "::1"]), Ok(()));
        assert_eq!(check(&reach, "x", false, &["127.0.0.1", "10.0.0.1"]), refused("x", "127.0.0.1"));
        assert_eq!(check(&reach, "x", false, &["10.0.0.1"]), refused("x", "10.0.0.1"));
    }

    // federation §9, §10
    #[test]
    fn strangers_are_asked_at_the_usual_ports_alone() {
        let at = |reach: &Reach, address: &str| reach.check("idp", false, &[address.parse().unwrap()]);
        let named = ["idp", "1.1.1.0/24"].map(|text| Reach::new(vec![text.parse().unwrap()], false));
        for port in [443, 80, 22, 444, 6379, 8443] {
            let address = format!("1.1.1.1:{port}");
            assert_eq!(at(&Reach::default(), &address).is_ok(), PORTS.contains(&port), "{port}");
            for reach in named.iter().chain([&Reach::new(Vec::new(), true)]) {
                assert_eq!(at(reach, &address), Ok(()), "{reach:?}, {port}");
            }
        }
    }

    #[test]
    fn what_is_allowed_is_a_host_an_address_or_a_range() {
        assert_eq!("IdP.Example".parse(), Ok(Allowed::Host("idp.example".to_owned())));
        assert!(matches!("10.0.0.0/8".parse(), Ok(Allowed::Network(_))));
        for wrong in ["", "https://idp.example", "10.0.0.0/33", "a b", "*.example"] {
            assert!(wrong.parse::<Allowed>().is_err(), "{wrong}");
        }
    }
}
