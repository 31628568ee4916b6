//! Reading DER, as far as certificates need it.

/// One value: its tag, what it holds, and all of it with tag and length.
pub(crate) struct Value<'a> {
    pub(crate) tag: u8,
    pub(crate) content: &'a [u8],
    pub(crate) whole: &'a [u8],
}

pub(crate) const INTEGER: u8 = 0x02;
pub(crate) const BIT_STRING: u8 = 0x03;
pub(crate) const OCTET_STRING: u8 = 0x04;
pub(crate) const OBJECT_ID: u8 = 0x06;
pub(crate) const UTC_TIME: u8 = 0x17;
pub(crate) const GENERALIZED_TIME: u8 = 0x18;
pub(crate) const SEQUENCE: u8 = 0x30;
/// `[0]`, which the version of a certificate stands in.
pub(crate) const CONTEXT_0: u8 = 0xa0;
/// `[3]`, which its extensions stand in.
pub(crate) const CONTEXT_3: u8 = 0xa3;

/// Takes the next value from the front.
pub(crate) fn next<'a>(input: &mut &'a [u8]) -> Option<Value<'a>> {
    let (tag, rest) = input.split_first()?;
    let (first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        0..=0x7f => (usize::from(*first), rest),
        0x81..=0x83 => {
            let (digits, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
            (digits.iter().fold(0, |length, digit| length << 8 | usize::from(*digit)), rest)
        }
        _ => return None,
    };
    let (content, rest) = rest.split_at_checked(length)?;
    let whole = input.get(..input.len() - rest.len())?;
    *input = rest;
    Some(Value { tag: *tag, content, whole })
}

/// Takes the next value, which must have this tag, and gives what it holds.
pub(crate) fn expect<'a>(input: &mut &'a [u8], tag: u8) -> Option<&'a [u8]> {
    next(input).filter(|value| value.tag == tag).map(|value| value.content)
}
