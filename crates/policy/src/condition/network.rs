//! IP addresses and networks.

use std::net::Ipv6Addr;

/// An address. One of IPv6 is in no network of IPv4 (identity-pools-and-iam §10.2, recorded), so the families stay apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Address {
    V4(u32),
    V6(u128),
}

impl Address {
    pub(super) fn read(text: &str) -> Option<Self> {
        if text.contains(':') {
            return text.parse().ok().map(|address: Ipv6Addr| Self::V6(address.to_bits()));
        }
        let mut parts = text.split('.');
        let mut address = 0;
        for _ in 0..4 {
            address = address << 8 | u32::from(octet(parts.next()?)?);
        }
        parts.next().is_none().then_some(Self::V4(address))
    }
}

/// Leading zeros are good (recorded).
fn octet(text: &str) -> Option<u8> {
    let decimal = (1..=3).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    decimal.then(|| text.parse().ok())?
}

/// A network: `192.0.2.0/24`, or one address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Network {
    address: Address,
    /// How many bits of its end do not count.
    hosts: u8,
}

impl Network {
    pub(super) fn read(text: &str) -> Option<Self> {
        let (address, prefix) = text.split_once('/').map_or((text, None), |(begin, end)| (begin, Some(end)));
        let address = Address::read(address)?;
        let bits = match address {
            Address::V4(_) => 32,
            Address::V6(_) => 128,
        };
        let prefix = prefix.map_or(Some(bits), octet)?;
        Some(Self { address, hosts: bits.checked_sub(prefix)? })
    }

    /// Host bits of the network's own address are ignored (recorded).
    pub(super) fn contains(&self, address: Address) -> bool {
        let hosts = u32::from(self.hosts);
        match (self.address, address) {
            (Address::V4(network), Address::V4(address)) => {
                (network ^ address).checked_shr(hosts).unwrap_or(0) == 0
            }
            (Address::V6(network), Address::V6(address)) => {
                (network ^ address).checked_shr(hosts).unwrap_or(0) == 0
            }
            (Address::V4(_), Address::V6(_)) | (Address::V6(_), Address::V4(_)) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_in_networks_of_their_family() {
        for (network, address, expected) in [
            ("192.0.2.0/24", "192.0.2.255", true),
            ("192.0.2.5/24", "192.0.2.9", true),
            ("192.0.2.0/24", "192.0.3.0", false),
            ("192.0.2.1", "192.0.2.1", true),
            ("192.0.2.1", "192.0.2.2", false),
            ("192.000.002.001", "192.0.2.1", true),
            ("192.0.2.0/024", "192.0.2.1", true),
            ("0.0.0.0/0", "203.0.113.9", true),
            ("0.0.0.0/0", "2001:db8::1", false),
            ("::/0", "2001:db8::1", true),
            ("::/0", "192.0.2.1", false),
            ("2001:db8::/32", "2001:db8:ffff::1", true),
            ("2001:db8::/32", "2001:db9::1", false),
            ("2001:DB8:0:0::1", "2001:db8::1", true),
            ("192.0.2.0/24", "::ffff:192.0.2.1", false),
        ] {
            let network = Network::read(network).unwrap();
            assert_eq!(
                network.contains(Address::read(address).unwrap()),
                expected,
                "{address} in {network:?}"
            );
        }
    }

    #[test]
    fn what_is_no_network_is_refused() {
        for text in [
            "",
            "1.2.3",
            "1.2.3.4.5",
            "256.0.0.1",
            "1.2.3.4/33",
            "::/129",
            "1.2.3.4/",
            "1.2.3.+4",
            "a",
            "1.2.3.0001",
        ] {
            assert_eq!(Network::read(text), None, "{text}");
        }
    }
}
