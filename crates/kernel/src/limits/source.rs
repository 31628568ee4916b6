//! What counts as one source of requests.

use std::net::{IpAddr, Ipv6Addr};

/// The source that an address belongs to: an IPv6 customer has a whole /64 to ask from.
pub fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).into(),
        address => address,
    }
}
