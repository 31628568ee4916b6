//! CBOR as authenticators write it: of known length, without tags and fractions, nested a few levels deep (the
//! canonical form of CTAP2). Anything else is refused.
//!
//! Strangers send it, and nothing has proven itself before it is read: the number of values is bounded, so that the
//! cost of reading is that of looking at the bytes once.

/// Levels of nesting; CTAP2 allows four.
const DEEPEST: u32 = 8;

/// Most values in one text, keys included. A key has ten; an attestation with a chain of certificates some thirty.
const MOST_ITEMS: u32 = 64;

/// One value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Item<'a> {
    Integer(i64),
    Bytes(&'a [u8]),
    Text(&'a str),
    Array(Vec<Item<'a>>),
    Map(Vec<(Item<'a>, Item<'a>)>),
    Bool(bool),
    Null,
}

impl<'a> Item<'a> {
    /// The value behind a key of a map.
    pub(super) fn get(&self, key: &Item<'_>) -> Option<&Item<'a>> {
        let Item::Map(members) = self else { return None };
        members.iter().find(|(name, _)| name == key).map(|(_, value)| value)
    }

    /// The place of a key among others: by type, by length, by bytes (CTAP2 §6, canonical form). `None` for what
    /// cannot be a key.
    fn rank(&self) -> Option<(u8, u64, &'a str)> {
        match *self {
            Item::Integer(n @ 0..) => Some((0, n.unsigned_abs(), "")),
            Item::Integer(n) => Some((1, n.unsigned_abs(), "")),
            Item::Text(text) => Some((3, text.len() as u64, text)),
            _ => None,
        }
    }

    /// The value behind a name.
    pub(super) fn member(&self, name: &str) -> Option<&Item<'a>> {
        self.get(&Item::Text(name))
    }
}

/// How the keys of maps follow each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// Ascending, as CTAP2 demands of authenticators.
    Canonical,
    /// As they come. Attestation objects are put together by browsers and password managers, and some of them
    /// write `authData` before `attStmt`, or first of all.
    Any,
}

/// The value at the beginning of `bytes`, and what is behind it; `None` when there is none.
pub(super) fn read(bytes: &[u8], order: Order) -> Option<(Item<'_>, &[u8])> {
    let mut reader = Reader { rest: bytes, left: MOST_ITEMS, order };
    let item = reader.item(DEEPEST)?;
    Some((item, reader.rest))
}

/// The one value that `bytes` are.
pub(super) fn read_all(bytes: &[u8], order: Order) -> Option<Item<'_>> {
    read(bytes, order).filter(|(_, rest)| rest.is_empty()).map(|(item, _)| item)
}

struct Reader<'a> {
    rest: &'a [u8],
    /// How many values may still come.
    left: u32,
    order: Order,
}

impl<'a> Reader<'a> {
    fn item(&mut self, levels: u32) -> Option<Item<'a>> {
        self.left = self.left.checked_sub(1)?;
        let levels = levels.checked_sub(1)?;
        let [first] = *self.chunk()?;
        let argument = self.argument(first & 0x1f)?;
        match first >> 5 {
            0 => i64::try_from(argument).ok().map(Item::Integer),
            // −1 − n, which for a non-negative n is its complement
            1 => i64::try_from(argument).ok().map(|n| Item::Integer(!n)),
            2 => self.take(argument).map(Item::Bytes),
            3 => std::str::from_utf8(self.take(argument)?).ok().map(Item::Text),
            4 => (0..argument).map(|_| self.item(levels)).collect::<Option<_>>().map(Item::Array),
            5 => self.map(argument, levels).map(Item::Map),
            7 => match first & 0x1f {
                20 => Some(Item::Bool(false)),
                21 => Some(Item::Bool(true)),
                22 => Some(Item::Null),
                _ => None,
            },
            _ => None,
        }
    }

    /// No key may stand in it twice.
    fn map(&mut self, length: u64, levels: u32) -> Option<Vec<(Item<'a>, Item<'a>)>> {
        let mut members: Vec<(Item<'a>, Item<'a>)> = Vec::new();
        for _ in 0..length {
            let key = self.item(levels)?;
            let rank = key.rank()?;
            let fits = match self.order {
                Order::Canonical => members.last().is_none_or(|(last, _)| last.rank() < Some(rank)),
                // Compared with all before it, which are few.
                Order::Any => members.iter().all(|(name, _)| *name != key),
            };
            if !fits {
                return None;
            }
            members.push((key, self.item(levels)?));
        }
        Some(members)
    }

    /// The number that follows the first byte, or is in it. Lengths that are not known (31) are refused.
    fn argument(&mut self, short: u8) -> Option<u64> {
        match short {
            0..=23 => Some(short.into()),
            24 => self.chunk::<1>().map(|[byte]| (*byte).into()),
            25 => self.chunk().map(|bytes| u16::from_be_bytes(*bytes).into()),
            26 => self.chunk().map(|bytes| u32::from_be_bytes(*bytes).into()),
            27 => self.chunk().map(|bytes| u64::from_be_bytes(*bytes)),
            _ => None,
        }
    }

    fn take(&mut self, length: u64) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(usize::try_from(length).ok()?)?;
        self.rest = rest;
        Some(taken)
    }

    fn chunk<const N: usize>(&mut self) -> Option<&'a [u8; N]> {
        let (chunk, rest) = self.rest.split_first_chunk()?;
        self.rest = rest;
        Some(chunk)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::digest::from_hex;

    fn decoded(hex: &str) -> Option<String> {
        read_all(&from_hex(hex).unwrap(), Order::Canonical).map(|item| format!("{item:?}"))
    }

    // RFC 8949, appendix A
    #[test]
    fn values_read_as_the_rfc_says() {
        for (hex, expected) in [
            ("00", "Integer(0)"),
            ("17", "Integer(23)"),
            ("1818", "Integer(24)"),
            ("1903e8", "Integer(1000)"),
            ("1a000f4240", "Integer(1000000)"),
            ("1b000000e8d4a51000", "Integer(1000000000000)"),
            ("20", "Integer(-1)"),
            ("3903e7", "Integer(-1000)"),
            ("f4", "Bool(false)"),
            ("f5", "Bool(true)"),
            ("f6", "Null"),
            ("4401020304", "Bytes([1, 2, 3, 4])"),
            ("62c3bc", "Text(\"ü\")"),
            ("83010203", "Array([Integer(1), Integer(2), Integer(3)])"),
            ("a201020304", "Map([(Integer(1), Integer(2)), (Integer(3), Integer(4))])"),
            (
                "a26161016162820203",
                "Map([(Text(\"a\"), Integer(1)), (Text(\"b\"), Array([Integer(2), Integer(3)]))])",
            ),
        ] {
            assert_eq!(decoded(hex).as_deref(), Some(expected), "{hex}");
        }
    }

    #[test]
    fn what_authenticators_do_not_write_is_refused() {
        for hex in [
            "",                                             // nothing
            "0000",                                         // two values
            "18",                                           // cut off
            "4401",                                         // cut off
            "5bffffffffffffffff",                           // longer than there is memory
            "9bffffffffffffffff",                           // the same, of values
            "1bffffffffffffffff",                           // beyond 63 bits
            "5f42010243030405ff",                           // of unknown length
            "c074323031332d30332d32315432303a30343a30305a", // a tag
            "f90000",                                       // a fraction
            "f7",                                           // undefined
            "62c328",                                       // not UTF-8
            "a201020103",                                   // a key twice
            "a14100f6",                                     // a key of bytes
            "818181818181818100",                           // too deep
        ] {
            if !hex.is_empty() {
                assert_eq!(decoded(hex), None, "{hex}");
            }
        }
        assert_eq!(read_all(&[], Order::Canonical), None);
    }

    // CTAP2 §6, canonical form: by type, by length, by bytes
    #[test]
    fn keys_ascend_where_authenticators_write_them() {
        let read = |hex: &str, order| read_all(&from_hex(hex).unwrap(), order).is_some();
        for hex in [
            "a60100030018640020002100616100",       // 1, 3, 100, -1, -2, "a"
            "a36378797a00646161616100646161616200", // "xyz", "aaaa", "aaab"
        ] {
            assert!(read(hex, Order::Canonical) && read(hex, Order::Any), "{hex}");
        }
        for hex in [
            "a203000100",       // 3, 1
            "a220000100",       // -1, 1
            "a221002000",       // -2, -1
            "a26161000100",     // "a", 1
            "a262616100616200", // "aa", "b"
            "a2616200616100",   // "b", "a"
        ] {
            assert!(!read(hex, Order::Canonical) && read(hex, Order::Any), "{hex}");
        }
        // A key twice, the second time longer than it need be.
        for hex in ["a201000100", "a20100180100", "a2616100616100"] {
            assert!(!read(hex, Order::Canonical) && !read(hex, Order::Any), "{hex}");
        }
    }

    // Nobody has proven anything when this is read, and the longest text that is taken has room for 16,000 keys.
    #[test]
    fn the_work_does_not_grow_with_what_a_stranger_sends() {
        let head = |length: u16| [&[0xb9][..], &length.to_be_bytes()].concat();
        let ascending = |n: u16| {
            [head(n), (0..n).flat_map(|k| [&[0x19][..], &k.to_be_bytes(), &[0]].concat()).collect()].concat()
        };
        let array = |n: u16| [vec![0x99], n.to_be_bytes().to_vec(), vec![0; n.into()]].concat();
        for order in [Order::Canonical, Order::Any] {
            for text in [ascending(1000), ascending(16_000), array(1000), array(65_535)] {
                let mut reader = Reader { rest: &text, left: MOST_ITEMS, order };
                assert_eq!((reader.item(DEEPEST), reader.left), (None, 0));
                assert!(
                    text.len() - reader.rest.len() < 256,
                    "read on after the last value that was to come"
                );
            }
            assert!(read_all(&ascending(31), order).is_some());
        }
    }

    proptest! {
        #[test]
        fn whatever_comes_is_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            if let Some((_, rest)) = read(&bytes, Order::Any) {
                prop_assert!(rest.len() < bytes.len());
            }
        }
    }
}
