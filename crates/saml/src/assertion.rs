//! What is demanded of an assertion (federation §9; SAML Profiles, 4.1.4), and what is read from it.

use std::fmt;

use poolhouse_ports::Timestamp;

use crate::element::Element;
use crate::names::{ASSERTION, BEARER, UNSPECIFIED};
use crate::response::{Expected, Origin};
use crate::signature::Verified;
use crate::{Refusal, ServiceProvider};

/// By how much clocks may differ, in seconds.
pub(crate) const GRACE: i64 = 60;
/// How old an assertion may be that nobody asked for, in seconds (federation §9).
const OLDEST_UNSOLICITED: i64 = 6 * 60;

/// A name of a subject. To sign out it is sent back as it came. Its `Debug` form names nobody.
#[derive(Clone, PartialEq, Eq)]
pub struct NameId {
    /// The name.
    pub value: String,
    /// Its kind; where none was given, the unspecified one of SAML 1.1.
    pub format: String,
    /// By whom the name is unique.
    pub name_qualifier: Option<String>,
    /// For whom it is.
    pub sp_name_qualifier: Option<String>,
}

/// An attribute. All values of one name are together; its `Debug` form has none.
#[derive(Clone, PartialEq, Eq)]
pub struct Attribute {
    /// Its name.
    pub name: String,
    /// Its values that are texts; those that are elements are left out.
    pub values: Vec<String>,
}

impl fmt::Debug for NameId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NameId").field("format", &self.format).finish_non_exhaustive()
    }
}

impl fmt::Debug for Attribute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attribute").field("name", &self.name).finish_non_exhaustive()
    }
}

/// What a provider has asserted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assertion {
    /// Its ID. An assertion is good once.
    pub id: String,
    /// From when on it is refused for its age, so that its ID may be forgotten.
    pub expires: Timestamp,
    /// Who it is.
    pub name_id: NameId,
    /// What else is said, in the order in which it was said.
    pub attributes: Vec<Attribute>,
    /// The provider's session, to end it by.
    pub session_index: Option<String>,
    /// Where it was to be delivered.
    pub recipient: String,
    /// When the user authenticated.
    pub authenticated_at: Timestamp,
    /// How, by the name of an authentication context class.
    pub context: Option<String>,
}

impl ServiceProvider {
    /// Reads an assertion, which is for the address `recipient` where that is known.
    pub(crate) fn read(
        &self,
        assertion: Verified<'_>,
        recipient: Option<&str>,
        now: Timestamp,
        expected: &Expected<'_>,
    ) -> Result<Assertion, Refusal> {
        let assertion = assertion.element();
        if assertion.text_of(ASSERTION, "Issuer")? != Some(&expected.provider.entity_id) {
            return Err(Refusal::Issuer);
        }
        let issued = assertion.time("IssueInstant")?.ok_or(Refusal::Time)?;
        if issued > now.plus_seconds(GRACE) {
            return Err(Refusal::NotYetValid);
        }
        if expected.origin == Origin::Unsolicited && issued < now.plus_seconds(-OLDEST_UNSOLICITED) {
            return Err(Refusal::TooOld);
        }
        let subject = assertion.child(ASSERTION, "Subject")?.ok_or(Refusal::NameId)?;
        let name_id = NameId::read(subject)?;
        let (confirmed_until, recipient) = confirmation(subject, recipient, now, expected.origin)?;
        let conditions_until = self.conditions(assertion, now)?;
        let authentication = Authentication::read(assertion, now)?;
        if expected.authenticated_since.is_some_and(|since| authentication.at.plus_seconds(GRACE) < since) {
            return Err(Refusal::Stale);
        }
        let until = conditions_until.map_or(confirmed_until, |until| until.min(confirmed_until));
        Ok(Assertion {
            id: assertion.id()?.to_owned(),
            expires: until.plus_seconds(GRACE),
            name_id,
            attributes: attributes(assertion)?,
            session_index: authentication.session_index,
            recipient,
            authenticated_at: authentication.at,
            context: authentication.context,
        })
    }

    fn conditions(&self, assertion: Element<'_>, now: Timestamp) -> Result<Option<Timestamp>, Refusal> {
        let conditions = assertion.child(ASSERTION, "Conditions")?.ok_or(Refusal::NoConditions)?;
        let mut is_for_us = false;
        for condition in conditions.children() {
            if condition.is(ASSERTION, "AudienceRestriction") {
                is_for_us = true;
                let mut audiences = condition.all(ASSERTION, "Audience");
                if !audiences.any(|audience| audience.text() == Ok(&self.entity_id)) {
                    return Err(Refusal::Audience);
                }
            } else if !condition.is(ASSERTION, "OneTimeUse") && !condition.is(ASSERTION, "ProxyRestriction") {
                // All are used once, and none is passed on.
                return Err(Refusal::UnknownCondition);
            }
        }
        if is_for_us { in_force(conditions, now) } else { Err(Refusal::Audience) }
    }
}

impl NameId {
    /// The NameID of an assertion's subject, or of a request to sign out.
    pub(crate) fn read(holder: Element<'_>) -> Result<Self, Refusal> {
        let name_id = holder.child(ASSERTION, "NameID")?.ok_or(Refusal::NameId)?;
        let value = name_id.text()?;
        if value.trim().is_empty() {
            return Err(Refusal::NameId);
        }
        Ok(Self {
            value: value.to_owned(),
            format: name_id.attribute("Format").unwrap_or(UNSPECIFIED).to_owned(),
            name_qualifier: name_id.attribute("NameQualifier").map(str::to_owned),
            sp_name_qualifier: name_id.attribute("SPNameQualifier").map(str::to_owned),
        })
    }
}

/// Until when the subject is confirmed, and for which address: one confirmation by bearer has to hold.
fn confirmation(
    subject: Element<'_>,
    recipient: Option<&str>,
    now: Timestamp,
    origin: Origin<'_>,
) -> Result<(Timestamp, String), Refusal> {
    let mut outcome = Err(Refusal::NoBearer);
    for confirmation in subject.all(ASSERTION, "SubjectConfirmation") {
        if outcome.is_err() && confirmation.attribute("Method") == Some(BEARER) {
            outcome = confirmed(confirmation, recipient, now, origin);
        }
    }
    outcome
}

fn confirmed(
    confirmation: Element<'_>,
    recipient: Option<&str>,
    now: Timestamp,
    origin: Origin<'_>,
) -> Result<(Timestamp, String), Refusal> {
    let data = confirmation.child(ASSERTION, "SubjectConfirmationData")?.ok_or(Refusal::NoBearer)?;
    let named = data.attribute("Recipient").ok_or(Refusal::Recipient)?;
    if recipient.is_some_and(|recipient| recipient != named) {
        return Err(Refusal::Recipient);
    }
    answers(data, origin)?;
    Ok((in_force(data, now)?.ok_or(Refusal::Time)?, named.to_owned()))
}

/// That an element answers what it should.
pub(crate) fn answers(element: Element<'_>, origin: Origin<'_>) -> Result<(), Refusal> {
    match (origin, element.attribute("InResponseTo")) {
        (Origin::Request(id), Some(answered)) if id == answered => Ok(()),
        (Origin::Request(_), None) => Err(Refusal::Unsolicited),
        (Origin::Unsolicited, None) => Ok(()),
        (_, Some(_)) => Err(Refusal::InResponseTo),
    }
}

/// That NotBefore has come and NotOnOrAfter has not, which is given.
pub(crate) fn in_force(element: Element<'_>, now: Timestamp) -> Result<Option<Timestamp>, Refusal> {
    if element.time("NotBefore")?.is_some_and(|from| from > now.plus_seconds(GRACE)) {
        return Err(Refusal::NotYetValid);
    }
    let until = element.time("NotOnOrAfter")?;
    if until.is_some_and(|until| until.plus_seconds(GRACE) <= now) {
        Err(Refusal::Expired)
    } else {
        Ok(until)
    }
}

/// What an authentication statement says.
struct Authentication {
    session_index: Option<String>,
    at: Timestamp,
    context: Option<String>,
}

impl Authentication {
    /// From the first statement (federation §9).
    fn read(assertion: Element<'_>, now: Timestamp) -> Result<Self, Refusal> {
        let statement = assertion.all(ASSERTION, "AuthnStatement").next().ok_or(Refusal::NoAuthentication)?;
        let end = statement.time("SessionNotOnOrAfter")?;
        if end.is_some_and(|end| end.plus_seconds(GRACE) <= now) {
            return Err(Refusal::SessionEnded);
        }
        let context = match statement.child(ASSERTION, "AuthnContext")? {
            Some(context) => context.text_of(ASSERTION, "AuthnContextClassRef")?.map(str::to_owned),
            None => None,
        };
        let session_index = statement.attribute("SessionIndex").map(str::to_owned);
        Ok(Self { session_index, at: statement.time("AuthnInstant")?.ok_or(Refusal::Time)?, context })
    }
}

fn attributes(assertion: Element<'_>) -> Result<Vec<Attribute>, Refusal> {
    let mut attributes: Vec<Attribute> = Vec::new();
    let statements = assertion.all(ASSERTION, "AttributeStatement");
    for element in statements.flat_map(|statement| statement.all(ASSERTION, "Attribute")) {
        let name = element.attribute("Name").unwrap_or_default();
        let mut values = Vec::new();
        for value in element.all(ASSERTION, "AttributeValue") {
            if value.children().next().is_none() {
                values.push(value.text()?.to_owned());
            }
        }
        match attributes.iter_mut().find(|attribute| attribute.name == name) {
            Some(attribute) => attribute.values.append(&mut values),
            None => attributes.push(Attribute { name: name.to_owned(), values }),
        }
    }
    Ok(attributes)
}
