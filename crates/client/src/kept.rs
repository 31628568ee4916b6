//! What programs keep between two steps of a sign-in.

use serde::{Deserialize, Serialize};

/// The form that a sign-in is kept in. Another one is another number, so that it is not mistaken for this one.
#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub(crate) struct Version<const NUMBER: u32>;

impl<const NUMBER: u32> From<Version<NUMBER>> for u32 {
    fn from(_: Version<NUMBER>) -> Self {
        NUMBER
    }
}

impl<const NUMBER: u32> TryFrom<u32> for Version<NUMBER> {
    type Error = &'static str;

    fn try_from(number: u32) -> Result<Self, Self::Error> {
        if number == NUMBER {
            return Ok(Self);
        }
        Err("this sign-in was kept by another version of the library: begin it anew")
    }
}
