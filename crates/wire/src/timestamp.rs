//! Instants on the wire.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// An instant: milliseconds since 1970-01-01 UTC; in JSON a number of seconds with a fraction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(pub i64);

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        // protocol §2: epoch seconds with millisecond fraction. Exact for 285,000 years around 1970.
        to.serialize_f64(self.0 as f64 / 1000.0)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        // A number beyond the range becomes its end.
        Ok(Self((f64::deserialize(from)? * 1000.0).round() as i64))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_with_milliseconds() {
        assert_eq!(serde_json::to_string(&Timestamp(1_790_272_690_299)).unwrap(), "1790272690.299");
        assert_eq!(
            serde_json::from_str::<Timestamp>("1790272690.299").unwrap(),
            Timestamp(1_790_272_690_299)
        );
        assert_eq!(
            serde_json::from_str::<Timestamp>("1.790272690299E9").unwrap(),
            Timestamp(1_790_272_690_299)
        );
        assert_eq!(serde_json::from_str::<Timestamp>("7").unwrap(), Timestamp(7000));
    }
}
