//! Second factors of a user, as kept in its row.

use poolhouse_wire::types::MFAOptionType;
use serde::{Deserialize, Serialize};

/// Which second factors a user has.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Mfa {
    /// What SetUserSettings and AdminSetUserSettings set, the old way to turn on SMS codes; shown as
    /// `MFAOptions` (authentication §13.3).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) options: Vec<MFAOptionType>,
}
