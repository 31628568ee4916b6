//! Bech32 (BIP 173), in which the keys of age are written: without its limit of length, in small letters.

const ALPHABET: &[u8; 32] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";
const CHECKSUM: usize = 6;

/// The text of `bytes` behind the prefix.
pub(super) fn encode(prefix: &str, bytes: &[u8]) -> String {
    let mut values = regroup(bytes.iter().copied(), 8, 5);
    let residue = polymod(prefix, values.iter().copied().chain([0; CHECKSUM])) ^ 1;
    values.extend((0..CHECKSUM).rev().map(|place| u8::try_from((residue >> (5 * place)) & 31).unwrap_or(0)));
    let letters =
        values.iter().filter_map(|value| ALPHABET.get(usize::from(*value))).map(|letter| char::from(*letter));
    format!("{prefix}1{}", letters.collect::<String>())
}

/// The bytes of a text with this prefix.
pub(super) fn decode(prefix: &str, text: &str) -> Option<Vec<u8>> {
    let letters = text.strip_prefix(prefix)?.strip_prefix('1')?;
    let value =
        |letter: u8| ALPHABET.iter().position(|known| *known == letter).and_then(|v| u8::try_from(v).ok());
    let values: Vec<u8> = letters.bytes().map(value).collect::<Option<_>>()?;
    if polymod(prefix, values.iter().copied()) != 1 {
        return None;
    }
    let data = values.get(..values.len().checked_sub(CHECKSUM)?)?;
    let bytes = regroup(data.iter().copied(), 5, 8);
    let whole = data.len() * 5 / 8;
    // What is left over is less than a letter, and zero.
    let padding = bytes.get(whole..)?;
    (data.len() * 5 % 8 < 5 && padding.iter().all(|byte| *byte == 0))
        .then(|| bytes.get(..whole).map(<[u8]>::to_vec))?
}

/// Groups of `from` bits as groups of `to` bits; the last one is filled up with zeros.
fn regroup(values: impl Iterator<Item = u8>, from: u32, to: u32) -> Vec<u8> {
    let (mut kept, mut bits, mut groups) = (0_u32, 0, Vec::new());
    let mask = (1 << to) - 1;
    for value in values {
        kept = ((kept << from) | u32::from(value)) & 0xffff;
        bits += from;
        while bits >= to {
            bits -= to;
            groups.push(u8::try_from((kept >> bits) & mask).unwrap_or(0));
        }
    }
    if bits > 0 {
        groups.push(u8::try_from((kept << (to - bits)) & mask).unwrap_or(0));
    }
    groups
}

/// The residue of the checksum's polynomial.
fn polymod(prefix: &str, values: impl Iterator<Item = u8>) -> u32 {
    const GENERATOR: [u32; 5] = [0x3b6a_57b2, 0x2650_8e6d, 0x1ea1_19fa, 0x3d42_33dd, 0x2a14_62b3];
    let high = prefix.bytes().map(|byte| byte >> 5);
    let low = prefix.bytes().map(|byte| byte & 31);
    high.chain([0]).chain(low).chain(values).fold(1, |sum: u32, value| {
        let top = sum >> 25;
        let sum = ((sum & 0x01ff_ffff) << 5) ^ u32::from(value);
        GENERATOR
            .iter()
            .enumerate()
            .filter(|(bit, _)| (top >> bit) & 1 == 1)
            .fold(sum, |sum, (_, term)| sum ^ term)
    })
}
