//! What a request's caller gives to triggers. None of it takes part in a decision of ours, so it travels in
//! the context of the request instead of through every function (triggers-and-messages §7).

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

/// `ClientMetadata`, `ValidationData`, and the SDK that sent them. Stored, sealed, only with a message for which a function
/// finds the words when it is sent. Its `Debug` form shows no values.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct Metadata {
    /// For the triggers that judge an entry: `ValidationData` of SignUp and AdminCreateUser, `ClientMetadata`
    /// of InitiateAuth and AdminInitiateAuth.
    pub validation_data: Option<BTreeMap<String, String>>,
    /// `ClientMetadata` of every other request.
    pub client_metadata: Option<BTreeMap<String, String>>,
    /// The SDK as it names itself, such as `aws-sdk-nodejs-2.856.0`.
    pub sdk: Option<String>,
}

impl fmt::Debug for Metadata {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metadata").field("sdk", &self.sdk).finish_non_exhaustive()
    }
}
