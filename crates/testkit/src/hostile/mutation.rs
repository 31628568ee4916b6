//! From seeds to inputs that nobody wrote: a few changes each, the same ones for the same number.

/// The longest input that is made of seeds, of which signed documents are the longest.
const LONGEST: usize = 16 * 1024;

/// Pieces that mean something to one reader or another.
const PIECES: [&[u8]; 30] = [
    b"\0",
    b"\xff",
    b"\"",
    b"\\",
    b"{",
    b"}",
    b"[",
    b"]",
    b",",
    b":",
    b";",
    b"=",
    b"^=",
    b".",
    b" ",
    b"null",
    b"-1",
    b"1e309",
    b"18446744073709551616",
    b"\\ud800",
    "\u{10ffff}".as_bytes(),
    b"\xa1\x60\xa0",
    b"\x9b\xff\xff\xff\xff\xff\xff\xff\xff",
    b"AWS4-HMAC-SHA256 Credential=",
    b"<",
    b"/>",
    b"<!---->",
    b"&#13;",
    b" ID=\"_1\"",
    b" xmlns=\"urn:x\"",
];

/// Makes inputs out of seeds.
#[derive(Debug)]
pub struct Mutator {
    seeds: Vec<Vec<u8>>,
    state: u64,
}

impl Mutator {
    /// Of these seeds; the same `number` gives the same inputs.
    pub fn new(seeds: Vec<Vec<u8>>, number: u64) -> Self {
        Self { seeds, state: number.wrapping_mul(2).wrapping_add(1) }
    }

    /// Another input.
    pub fn input(&mut self) -> Vec<u8> {
        let mut input = self.seed();
        for _ in 0..=self.below(8) {
            self.change(&mut input);
            input.truncate(LONGEST);
        }
        input
    }

    fn change(&mut self, input: &mut Vec<u8>) {
        let (from, to) = self.range(input.len());
        match self.below(8) {
            0 => input.iter_mut().skip(from).take(1).for_each(|byte| *byte ^= 1 << (to % 8)),
            1 => {
                let byte = self.below(256) as u8;
                input.iter_mut().skip(from).take(1).for_each(|at| *at = byte);
            }
            2 => drop(input.drain(from..to)),
            3 => {
                let piece = input.get(from..to).unwrap_or_default().to_vec();
                let times = 1 + self.below(16);
                input.splice(from..from, piece.repeat(times));
            }
            4 => {
                let other = self.seed();
                let (start, end) = self.range(other.len());
                input.splice(from..to, other.get(start..end).unwrap_or_default().iter().copied());
            }
            5 => input.truncate(from),
            6 => input.iter_mut().take(to).skip(from).for_each(|byte| *byte = byte.wrapping_add(1)),
            _ => {
                let piece = PIECES.get(self.below(PIECES.len())).copied().unwrap_or_default();
                input.splice(from..from, piece.iter().copied());
            }
        }
    }

    fn seed(&mut self) -> Vec<u8> {
        let place = self.below(self.seeds.len());
        self.seeds.get(place).cloned().unwrap_or_default()
    }

    /// A range within a length.
    fn range(&mut self, length: usize) -> (usize, usize) {
        let (one, other) = (self.below(length + 1), self.below(length + 1));
        (one.min(other), one.max(other))
    }

    /// Below a bound, which may be 0. Marsaglia's xorshift, multiplied.
    fn below(&mut self, bound: usize) -> usize {
        self.state ^= self.state >> 12;
        self.state ^= self.state << 25;
        self.state ^= self.state >> 27;
        let random = self.state.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33;
        random as usize % bound.max(1)
    }
}
