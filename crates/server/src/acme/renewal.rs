//! When the authority suggests that a certificate is renewed (RFC 9773).

use std::ops::Range;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use poolhouse_ports::Timestamp;
use serde_json::Value;

use super::authority::Authority;
use super::kept::Given;
use super::schedule;

/// A certificate, as its authority is asked about it.
#[derive(Clone)]
pub(super) struct InUse {
    /// What the authority calls it.
    name: String,
    /// Chooses within a window: a part of the certificate's number, so that all servers choose the same.
    chance: u8,
    validity: Range<Timestamp>,
    given_at: Timestamp,
}

impl InUse {
    /// None of a certificate that does not name the key by which it was signed: the authority has no name for it.
    pub(super) fn of(given: &Given) -> Option<Self> {
        let (key, number) = poolhouse_saml::signed_as(given.usable.der()?)?;
        let name = [key, number].map(|part| URL_SAFE_NO_PAD.encode(part)).join(".");
        let validity = given.usable.validity().clone();
        Some(Self { name, chance: *number.last()?, validity, given_at: given.given_at })
    }

    /// When to order the next one, if the authority suggests something.
    ///
    /// # Errors
    /// In words, when that cannot be had, or cannot be meant.
    pub(super) async fn suggested(
        &self,
        authority: &Authority,
        directory: &str,
        now: Timestamp,
    ) -> Result<Option<Timestamp>, String> {
        // By a clock that was ahead, and what is suggested is held against it: then two thirds of its life are the rule.
        if now < self.given_at {
            return Ok(None);
        }
        let directory = authority.object(directory).await?;
        let Some(place) = directory.get("renewalInfo").and_then(Value::as_str) else { return Ok(None) };
        let info = authority.object(&format!("{place}/{}", self.name)).await?;
        let window = &info["suggestedWindow"];
        let at = |side: &str| window[side].as_str().and_then(Timestamp::from_iso8601);
        let suggested = at("start").zip(at("end")).and_then(|(start, end)| {
            schedule::suggested(&(start..end), &self.validity, self.given_at, self.chance)
        });
        suggested.map(Some).ok_or_else(|| format!("its window cannot be meant: {window}"))
    }
}
