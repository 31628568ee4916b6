//! What NEW_PASSWORD_REQUIRED sets while more is to be proven (docs/decisions/0019-nothing-unproven-is-kept.md).
//!
//! Who has a temporary password has one factor, and must not be able to move the other one: to change the address that
//! its codes go to, or the password itself. So it is kept in the session, and written with the step that proves the
//! second factor, or that ends the sign-in.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use poolhouse_kernel::Fault;
use poolhouse_wire::user_pools::UserStatusType;
use serde::{Deserialize, Serialize};

use crate::Cx;
use crate::codes::Purpose;
use crate::model::{Attributes, Client, Pool, User};
use crate::users::attributes::Author;
use crate::users::change;
use crate::users::verifier::{self, NewPassword};

/// How long the attributes may be as JSON, so that a session is no longer than clients may send back (model: 4096
/// characters).
const LONGEST: usize = 1000;

/// A new password and the attributes that came with it.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Held {
    /// What is kept of the password, sealed, in base64.
    verifier: String,
    given: Attributes,
}

impl Held {
    /// Keeps them.
    ///
    /// # Errors
    /// `InvalidParameterException` for more than a session can hold (ours).
    pub(super) fn new(password: &NewPassword, given: Attributes) -> Result<Self, Fault> {
        if serde_json::to_string(&given).map_err(Fault::internal)?.len() > LONGEST {
            return Err(Fault::invalid_parameter(
                "The attributes are too long to be kept while a second factor is to be proven. Set them after the sign-in.",
            ));
        }
        Ok(Self { verifier: STANDARD_NO_PAD.encode(password.sealed()), given })
    }

    /// Sets them, and names the codes that are no longer good.
    ///
    /// # Errors
    /// As [`change::plan_at_sign_in`], should the pool or the client have changed.
    pub(super) fn set(
        self,
        cx: &Cx,
        pool: &Pool,
        client: &Client,
        user: &mut User,
    ) -> Result<Vec<Purpose>, Fault> {
        let sealed = STANDARD_NO_PAD.decode(self.verifier).map_err(Fault::internal)?;
        let password = verifier::made_before(pool, user, sealed)?;
        set(cx, pool, client, user, password, &self.given)
    }
}

/// Gives `user` the new password and the attributes, and names the codes that are no longer good.
///
/// # Errors
/// As [`change::plan_at_sign_in`]; asks for a repeat when the user got another password in the meantime.
pub(super) fn set(
    cx: &Cx,
    pool: &Pool,
    client: &Client,
    user: &mut User,
    password: NewPassword,
    given: &Attributes,
) -> Result<Vec<Purpose>, Fault> {
    let planned = change::plan_at_sign_in(pool, &user.attributes, given, Author::User(client))?;
    user.set_attributes(planned.attributes);
    password.set(user, cx.now)?;
    user.status = UserStatusType::Confirmed;
    let settled = planned.settled.into_iter().map(Purpose::Verify);
    Ok(settled.chain([Purpose::ForgotPassword]).collect())
}
