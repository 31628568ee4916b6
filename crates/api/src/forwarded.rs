//! What proxies write of whom they speak for: `X-Forwarded-For`, and `Forwarded` (RFC 7239).
//!
//! Whoever sends a request may have written the most of it, so that it is read from the end, where the proxies' own
//! words stand, and no further than chains of proxies reach.

use std::collections::VecDeque;
use std::net::{IpAddr, SocketAddr};

/// Most addresses that are looked at.
pub const MOST_HOPS: usize = 32;

/// The addresses in a value of `X-Forwarded-For`, the nearest first; `None` for what is none.
pub fn x_forwarded_for(value: &str) -> Vec<Option<IpAddr>> {
    value.rsplit(',').take(MOST_HOPS).map(node).collect()
}

/// The addresses in a value of `Forwarded`, the nearest first; `None` where one is unknown or hidden.
pub fn forwarded(value: &str) -> Vec<Option<IpAddr>> {
    // Where quotes begin is only known from the front.
    let mut last = VecDeque::with_capacity(MOST_HOPS);
    for element in split(value, ',') {
        if last.len() == MOST_HOPS {
            last.pop_front();
        }
        last.push_back(element);
    }
    last.into_iter().rev().map(forwarded_for).collect()
}

/// What the nearest proxy says under this name in a value of `Forwarded`, such as `host` or `proto`.
pub fn nearest<'a>(value: &'a str, name: &str) -> Option<&'a str> {
    split(value, ',').last().and_then(|element| parameter(element, name))
}

/// The `for` of one element of Forwarded.
fn forwarded_for(element: &str) -> Option<IpAddr> {
    parameter(element, "for").and_then(node)
}

/// A parameter of one element of Forwarded.
fn parameter<'a>(element: &'a str, name: &str) -> Option<&'a str> {
    split(element, ';').find_map(|pair| {
        let (known, value) = pair.split_once('=')?;
        known.trim().eq_ignore_ascii_case(name).then(|| value.trim().trim_matches('"'))
    })
}

/// Splits where `separator` stands outside quotes: a proxy may quote what a client wrote.
fn split(text: &str, separator: char) -> impl Iterator<Item = &str> {
    let (mut quoted, mut escaped) = (false, false);
    text.split(move |c| {
        let was_escaped = escaped;
        escaped = quoted && c == '\\' && !was_escaped;
        quoted ^= c == '"' && !was_escaped;
        c == separator && !quoted
    })
}

/// An address, which may have a port and, if it is of IPv6, brackets.
fn node(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    bare.parse().ok().or_else(|| text.parse::<SocketAddr>().ok().map(|socket| socket.ip()))
}
