//! DER, as far as certificates need it.

/// One value: its tag, what it holds, and all of it with tag and length.
pub(crate) struct Value<'a> {
    pub(crate) tag: u8,
    pub(crate) content: &'a [u8],
    pub(crate) whole: &'a [u8],
}

pub(crate) const INTEGER: u8 = 0x02;
pub(crate) const BIT_STRING: u8 = 0x03;
pub(crate) const NULL: u8 = 0x05;
pub(crate) const OBJECT_ID: u8 = 0x06;
pub(crate) const UTF8_STRING: u8 = 0x0c;
pub(crate) const UTC_TIME: u8 = 0x17;
pub(crate) const GENERALIZED_TIME: u8 = 0x18;
pub(crate) const SEQUENCE: u8 = 0x30;
pub(crate) const SET: u8 = 0x31;
/// `[0]`, which the version of a certificate stands in.
pub(crate) const CONTEXT_0: u8 = 0xa0;

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

/// A value of these parts.
pub(crate) fn value(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let length = content.len().to_be_bytes();
    let digits = length
        .iter()
        .position(|byte| *byte != 0)
        .map_or(&[][..], |first| length.get(first..).unwrap_or_default());
    let mut whole = vec![tag];
    match (content.len(), u8::try_from(digits.len())) {
        (0..=0x7f, _) => whole.push(digits.first().copied().unwrap_or(0)),
        (_, Ok(count)) => {
            whole.push(0x80 | count);
            whole.extend_from_slice(digits);
        }
        // A length has eight bytes at most.
        (_, Err(_)) => {}
    }
    whole.extend(content);
    whole
}
