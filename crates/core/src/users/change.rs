//! What a change makes of a user's attributes (docs/cognito/users-and-groups.md §12.2, §13).

use poolhouse_kernel::Fault;
use poolhouse_ports::{ClientId, Medium};

use super::attributes::{self, Author};
use crate::Cx;
use crate::codes::{self, NewCode, Purpose};
use crate::directory::record;
use crate::messages::{Address, Occasion};
use crate::model::attributes::is_true;
use crate::model::{Attributes, Pool, User, names};

/// The outcome of a change.
#[derive(PartialEq, Eq)]
pub(crate) struct AttributeChange {
    /// All attributes afterwards.
    pub(crate) attributes: Attributes,
    /// Addresses that get a code. One that is not among `attributes` waits for its code to become the
    /// attribute's value.
    pub(crate) to_verify: Vec<(Medium, String)>,
    /// Where the address was changed or removed and gets no code: an earlier code is no longer good.
    pub(crate) settled: Vec<Medium>,
}

/// An attribute with an address, the flag that tells whether it was verified, and the medium it is for.
const ADDRESSES: [(&str, &str, Medium); 2] =
    [("email", "email_verified", Medium::Email), ("phone_number", "phone_number_verified", Medium::Sms)];

/// Checks a change and says what comes of it. An empty value removes an attribute.
///
/// # Errors
/// `InvalidParameterException`, `NotAuthorizedException`; then nothing of the change is to be kept.
pub(crate) fn plan(
    pool: &Pool,
    current: &Attributes,
    given: &Attributes,
    author: Author<'_>,
) -> Result<AttributeChange, Fault> {
    attributes::check_update(&pool.schema, given, author)?;
    if let Some(name) = given.get("preferred_username") {
        names::check_free_name(pool, name)?;
    }
    let mut change = AttributeChange::of_nothing(current);
    let is_address = |name: &str| ADDRESSES.iter().any(|(attribute, ..)| *attribute == name);
    for (name, value) in given.iter().filter(|(name, _)| !is_address(name)) {
        put(&mut change.attributes, name, value);
    }
    for (attribute, flag, medium) in ADDRESSES {
        match given.get(attribute) {
            Some(value) if current.get(attribute) != Some(value) => {
                let verified = is_true(given, flag);
                let flagged = given.get(flag).is_some_and(|flag| !flag.is_empty());
                if !value.is_empty() && !verified && pool.verifies_before_update(attribute) {
                    put(&mut change.attributes, flag, current.get(flag).map_or("", String::as_str));
                } else {
                    change.set_address(attribute, flag, value, flagged);
                }
                let sends = pool.auto_verifies(attribute) || pool.verifies_before_update(attribute);
                if !value.is_empty() && !verified && sends {
                    change.to_verify.push((medium, value.clone()));
                } else {
                    change.settled.push(medium);
                }
            }
            _ => {}
        }
    }
    attributes::check_flags(&change.attributes)?;
    Ok(change)
}

/// Checks what a user adds at the end of a sign-in and says what comes of it. Immutable attributes may be set
/// for the first time; a new address stays unverified and gets no code (authentication §11.3). An empty value
/// adds nothing.
///
/// # Errors
/// `InvalidParameterException`, `NotAuthorizedException`; then nothing of the change is to be kept.
pub(crate) fn plan_at_sign_in(
    pool: &Pool,
    current: &Attributes,
    given: &Attributes,
    author: Author<'_>,
) -> Result<AttributeChange, Fault> {
    let (changed, added): (Attributes, Attributes) =
        given.clone().into_iter().partition(|(name, _)| current.contains_key(name));
    attributes::check_update(&pool.schema, &changed, author)?;
    attributes::check_added(&pool.schema, &added, author)?;
    if let Some(name) = given.get("preferred_username") {
        names::check_free_name(pool, name)?;
    }
    let mut change = AttributeChange::of_nothing(current);
    for (name, value) in given.iter().filter(|(name, value)| current.get(*name) != Some(*value)) {
        if let Some((attribute, flag, medium)) = ADDRESSES.iter().find(|(attribute, ..)| attribute == name) {
            change.set_address(attribute, flag, value, false);
            change.settled.push(*medium);
        } else {
            put(&mut change.attributes, name, value);
        }
    }
    Ok(change)
}

/// Checks the removal of attributes and says what comes of it; absent ones are passed over.
///
/// # Errors
/// `InvalidParameterException`, `NotAuthorizedException`; then nothing is to be removed.
pub(crate) fn plan_removal(
    pool: &Pool,
    current: &Attributes,
    names: &[String],
    author: Author<'_>,
) -> Result<AttributeChange, Fault> {
    attributes::check_delete(&pool.schema, names, author)?;
    let mut change = AttributeChange::of_nothing(current);
    for name in names {
        change.attributes.remove(name);
        if let Some((attribute, flag, medium)) = ADDRESSES.iter().find(|(attribute, ..)| attribute == name) {
            change.set_address(attribute, flag, "", false);
            change.settled.push(*medium);
        }
    }
    Ok(change)
}

impl AttributeChange {
    fn of_nothing(current: &Attributes) -> Self {
        Self { attributes: current.clone(), to_verify: Vec::new(), settled: Vec::new() }
    }

    /// Writes the change of `before`, the user it was planned for, and returns the codes, stored and still
    /// to be delivered.
    ///
    /// # Errors
    /// `AliasExistsException`; asks for a repeat when the user was changed or deleted since.
    pub(crate) async fn apply(
        self,
        cx: &Cx,
        pool: &Pool,
        client_id: Option<&ClientId>,
        before: &User,
    ) -> Result<Vec<NewCode>, Fault> {
        let mut codes = Vec::new();
        for (medium, value) in &self.to_verify {
            let address = Address::new(*medium, value);
            let code = codes::for_attribute(cx, pool, before, Occasion::UpdateUserAttribute, &address);
            codes.push(code.worded(cx, pool, before, client_id).await);
        }
        let mut tx = cx.write().await?;
        let mut user = record::reread(&mut tx, pool, before).await?;
        user.set_attributes(self.attributes);
        record::save(&mut tx, pool, &mut user, cx.now).await?;
        for medium in self.settled {
            codes::withdraw(&mut tx, pool, &user.row.sub, Purpose::Verify(medium)).await?;
        }
        for code in &codes {
            code.store(&mut tx, pool).await?;
        }
        tx.commit().await?;
        Ok(codes)
    }

    /// A new address is unverified unless the change says otherwise; without its address a flag says nothing
    /// and goes too (users-and-groups §13, recorded).
    fn set_address(&mut self, attribute: &str, flag: &str, value: &str, flagged: bool) {
        put(&mut self.attributes, attribute, value);
        if value.is_empty() {
            self.attributes.remove(flag);
        } else if !flagged {
            put(&mut self.attributes, flag, "false");
        }
    }
}

fn put(attributes: &mut Attributes, name: &str, value: &str) {
    if value.is_empty() {
        attributes.remove(name);
    } else {
        attributes.insert(name.to_owned(), value.to_owned());
    }
}
