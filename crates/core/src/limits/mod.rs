//!
//! | file | subject |
//! |---|---|
//! | `lockout` | wrong ones lock a user out for a while |
//! | `hourly` | what AWS limits by the hour |
//! | `sent_codes` | codes sent to sign in with |

pub(crate) mod hourly;
pub(crate) mod lockout;
pub(crate) mod sent_codes;
