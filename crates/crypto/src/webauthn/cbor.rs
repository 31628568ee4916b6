//! CBOR as authenticators write it: of known length, without tags and fractions, nested a few levels deep (the
//! canonical form of CTAP2). Anything else is refused.

/// Levels of nesting; CTAP2 allows four.
const DEEPEST: u32 = 8;

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

    /// The value behind a name.
    pub(super) fn member(&self, name: &str) -> Option<&Item<'a>> {
        self.get(&Item::Text(name))
    }
}

/// The value at the beginning of `bytes`, and what is behind it; `None` when there is none.
pub(super) fn read(bytes: &[u8]) -> Option<(Item<'_>, &[u8])> {
    let mut reader = Reader { rest: bytes };
    let item = reader.item(DEEPEST)?;
    Some((item, reader.rest))
}

/// The one value that `bytes` are.
pub(super) fn read_all(bytes: &[u8]) -> Option<Item<'_>> {
    read(bytes).filter(|(_, rest)| rest.is_empty()).map(|(item, _)| item)
}

struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    fn item(&mut self, levels: u32) -> Option<Item<'a>> {
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
            if !matches!(key, Item::Integer(_) | Item::Text(_))
                || members.iter().any(|(name, _)| *name == key)
            {
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
        read_all(&from_hex(hex).unwrap()).map(|item| format!("{item:?}"))
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
        assert_eq!(read_all(&[]), None);
    }

    proptest! {
        #[test]
        fn whatever_comes_is_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            if let Some((_, rest)) = read(&bytes) {
                prop_assert!(rest.len() < bytes.len());
            }
        }
    }
}
