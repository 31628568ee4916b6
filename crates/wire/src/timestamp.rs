//! Instants on the wire: numbers of seconds since 1970-01-01 UTC, with a fraction for milliseconds (protocol §2).
//! For members of structures, as `#[serde(with = "…")]`.

use poolhouse_ports::Timestamp;
use serde::{Deserialize, Deserializer, Serializer};

/// As a number of seconds.
///
/// # Errors
/// The serializer's.
pub fn serialize<S: Serializer>(at: &Timestamp, to: S) -> Result<S::Ok, S::Error> {
    // Exact for 285,000 years around 1970.
    to.serialize_f64(at.millis() as f64 / 1000.0)
}

/// From a number of seconds.
///
/// # Errors
/// When it is no number.
pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Timestamp, D::Error> {
    f64::deserialize(from).map(of_seconds)
}

/// A number beyond the range becomes its end.
fn of_seconds(seconds: f64) -> Timestamp {
    Timestamp((seconds * 1000.0).round() as i64)
}

/// The same for members that may be absent.
pub mod optional {
    use super::*;

    /// As a number of seconds, or null.
    ///
    /// # Errors
    /// The serializer's.
    pub fn serialize<S: Serializer>(at: &Option<Timestamp>, to: S) -> Result<S::Ok, S::Error> {
        match at {
            Some(at) => super::serialize(at, to),
            None => to.serialize_none(),
        }
    }

    /// From a number of seconds, or null.
    ///
    /// # Errors
    /// When it is neither.
    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Timestamp>, D::Error> {
        Ok(Option::<f64>::deserialize(from)?.map(of_seconds))
    }
}

#[cfg(test)]
mod tests {
    use serde::Serialize;

    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Member {
        #[serde(with = "super")]
        at: Timestamp,
        #[serde(default, with = "super::optional", skip_serializing_if = "Option::is_none")]
        until: Option<Timestamp>,
    }

    fn read(text: &str) -> Timestamp {
        serde_json::from_str::<Member>(&format!(r#"{{"at":{text}}}"#)).unwrap().at
    }

    #[test]
    fn seconds_with_milliseconds() {
        let at = Timestamp(1_790_272_690_299);
        let json = |member| serde_json::to_string(&member).unwrap();
        assert_eq!(json(Member { at, until: None }), r#"{"at":1790272690.299}"#);
        assert_eq!(read("1790272690.299"), at);
        assert_eq!(read("1.790272690299E9"), at);
        assert_eq!(read("7"), Timestamp(7000));
    }

    #[test]
    fn a_member_may_be_absent() {
        let member = Member { at: Timestamp(1), until: Some(Timestamp(1500)) };
        let text = serde_json::to_string(&member).unwrap();
        assert_eq!(text, r#"{"at":0.001,"until":1.5}"#);
        assert_eq!(serde_json::from_str::<Member>(&text).unwrap(), member);
        let null: Member = serde_json::from_str(r#"{"at":0,"until":null}"#).unwrap();
        assert_eq!(null, Member { at: Timestamp(0), until: None });
    }
}
