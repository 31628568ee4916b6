//! How often one user may be guessed at, sent codes, and named.
//!
//! | file | subject |
//! |---|---|
//! | `guess` | the one entrance for guesses |
//! | `lockout` | wrong ones lock a user out for a while |
//! | `hourly` | what AWS limits by the hour |
//! | `sent_codes` | codes sent to sign in with |

pub(crate) mod guess;
pub(crate) mod hourly;
pub(crate) mod lockout;
pub(crate) mod sent_codes;
