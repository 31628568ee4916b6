//! What every domain stands on: the request and the engine behind it, faults, sealing, turns and repeats, limits, pages
//! of lists. It knows no pool, user or role.
//!
//! A domain brings what it keeps in memory as the `S` of [`Engine`] and [`Cx`]; the functions of a domain take a `Cx`
//! of their own `S`.

pub mod cache;
mod contention;
pub mod crypto_pool;
mod cx;
pub mod denials;
mod engine;
mod fault;
mod lazy_table;
pub mod limits;
pub mod paging;
pub mod quiet;
pub mod repeat;
pub mod request;
pub mod sealing;
mod settings;
pub mod sign_ins;
mod start_error;
#[cfg(feature = "testing")]
pub mod testing;
pub mod to_its_end;
pub mod turns;

pub use contention::{Contention, Figures};
pub use cx::Cx;
pub use engine::{Engine, Parts};
pub use fault::{Fault, Kind, Unsigned};
pub use settings::{IDENTITY_ISSUER, KeyPair, Settings};
pub use start_error::StartError;
