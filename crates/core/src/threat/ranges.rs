//! Ranges of addresses, as they are written in CIDR notation.

use std::net::IpAddr;

/// The addresses that begin with the same bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    network: u128,
    /// How many bits of `network` count, and of how many.
    prefix: u32,
    width: u32,
}

impl Range {
    /// The range of a text such as `192.0.2.0/24` or `2001:db8::/32`. Bits behind the prefix do not count.
    pub fn parse(text: &str) -> Option<Self> {
        let (address, prefix) = text.split_once('/')?;
        // `parse` would take a sign.
        let digits = !prefix.is_empty() && prefix.bytes().all(|byte| byte.is_ascii_digit());
        Self::new(address.parse().ok()?, prefix.parse().ok().filter(|_| digits)?)
    }

    /// The addresses whose first `prefix` bits are those of `network`, if it has as many.
    pub fn new(network: IpAddr, prefix: u32) -> Option<Self> {
        let (network, width) = bits(network);
        (prefix <= width).then_some(Self { network, prefix, width })
    }

    /// The range of one address alone.
    pub fn of(address: IpAddr) -> Self {
        let (network, width) = bits(address.to_canonical());
        Self { network, prefix: width, width }
    }

    /// The network around an address: the first 24 bits of IPv4, the first 48 of IPv6.
    pub(super) fn around(address: IpAddr) -> Self {
        let (network, width) = bits(address.to_canonical());
        Self { network, prefix: if width == u32::BITS { 24 } else { 48 }, width }
    }

    /// Whether the address lies in the range. An IPv4 address inside an IPv6 one counts as what it is.
    pub fn contains(self, address: IpAddr) -> bool {
        let (address, width) = bits(address.to_canonical());
        let behind = self.width - self.prefix;
        // All bits lie behind the prefix 0 of IPv6: shifting by the whole width is no shift.
        let differ = (address ^ self.network).checked_shr(behind).unwrap_or(0);
        width == self.width && differ == 0
    }
}

/// The bits of an address, and how many they are.
fn bits(address: IpAddr) -> (u128, u32) {
    match address {
        IpAddr::V4(address) => (u128::from(address.to_bits()), u32::BITS),
        IpAddr::V6(address) => (address.to_bits(), u128::BITS),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_holds_the_addresses_that_begin_like_it() {
        let cases = [
            ("192.0.2.0/24", "192.0.2.255", true),
            ("192.0.2.77/24", "192.0.2.1", true),
            ("192.0.2.0/24", "192.0.3.0", false),
            ("192.0.2.1/32", "192.0.2.1", true),
            ("192.0.2.1/32", "192.0.2.0", false),
            ("0.0.0.0/0", "255.255.255.255", true),
            ("0.0.0.0/0", "::1", false),
            ("::/0", "ffff::", true),
            ("::/0", "10.0.0.1", false),
            ("2001:db8::/32", "2001:db8:ffff::1", true),
            ("2001:db8::/32", "2001:db9::", false),
            ("10.0.0.0/8", "::ffff:10.1.2.3", true),
        ];
        for (range, address, expected) in cases {
            let range = Range::parse(range).unwrap();
            assert_eq!(range.contains(address.parse().unwrap()), expected, "{range:?} {address}");
        }
    }

    #[test]
    fn an_address_is_a_range_too() {
        let range = Range::of("192.0.2.1".parse().unwrap());
        assert!(range.contains("::ffff:192.0.2.1".parse().unwrap()));
        assert!(!range.contains("192.0.2.2".parse().unwrap()));
    }

    #[test]
    fn what_is_no_range_is_refused() {
        for text in [
            "",
            "/",
            "10.0.0.0",
            "10.0.0.0/",
            "10.0.0.0/33",
            "10.0.0/8",
            "::/129",
            "10.0.0.0/+8",
            "a/8",
            "10.0.0.0/8/8",
        ] {
            assert_eq!(Range::parse(text), None, "{text}");
        }
    }
}
