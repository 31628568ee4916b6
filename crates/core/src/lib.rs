//! The domain: pools, clients, users, groups, sign-in and tokens. Every rule lives here once.
//!
//! Surfaces (the API, later OAuth and the login pages) call these functions with a [`Cx`]; none of them
//! knows HTTP or JSON bodies, and only the store knows SQL. A request reads, computes, calls out, and
//! writes in one short transaction at its end.

mod cache;
pub mod clients;
mod codes;
mod contention;
pub mod credentials;
mod crypto_pool;
mod cx;
pub mod devices;
mod engine;
mod fault;
pub mod groups;
mod guess;
mod hourly;
pub mod html;
mod ids;
pub mod key_ring;
mod lockout;
pub mod maintenance;
pub mod messages;
mod nobody;
mod origin;
mod paging;
pub mod passkeys;
pub mod pools;
pub mod profile;
pub mod protection;
pub mod providers;
mod quota;
pub mod recovery;
mod repeat;
pub mod resource_servers;
mod sealing;
pub mod sessions;
pub mod sign_up;
pub mod signin;
#[cfg(feature = "testing")]
pub mod testing;
pub mod tokens;
mod triggers;
mod turns;
pub mod users;
mod wire_time;

pub use contention::{Contention, Figures};
pub use cx::{Caller, Cx, IamCaller};
pub use engine::{Engine, IssuerMode, Parts, Settings, StartError, Tiers};
pub use fault::Fault;
pub use origin::{Origin, UserContext};
pub use paging::Page;
pub use sealing::MasterKey;
pub use tokens::key_stock::KeyStock;
pub use triggers::Metadata;
