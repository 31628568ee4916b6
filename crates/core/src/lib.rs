//! The domain: pools, clients, users, groups, sign-in and tokens. Every rule lives here once.
//!
//! Surfaces (the API, OAuth and the pages of domains) call these functions with a [`Cx`]; none of them
//! knows HTTP, requests or responses, and only the store knows SQL. A request reads, computes, calls out, and
//! writes in one short transaction at its end.

pub mod as_new;
pub mod branding;
pub mod cimd;
mod client_proof;
pub mod clients;
mod codes;
pub mod deletion;
mod devices;
mod directory;
pub mod domains;
mod faults;
pub mod federation;
pub mod fill;
pub mod form;
pub mod grants;
pub mod groups;
mod guess;
pub mod hosted;
pub mod html;
mod ids;
pub mod import;
pub mod key_life;
pub mod key_ring;
pub mod leased;
mod limits;
pub mod logs;
pub mod maintenance;
pub mod messages;
mod model;
mod nobody;
mod passkeys;
pub mod point_in_time;
pub mod pools;
pub mod profile;
pub mod providers;
pub mod provisioned;
mod quota;
pub mod recovery;
pub mod registration;
pub mod resource_servers;
pub mod sessions;
mod settings;
pub mod sign_up;
pub mod signin;
mod state;
pub mod terms;
#[cfg(feature = "testing")]
pub mod testing;
pub mod threat;
pub mod tokens;
mod triggers;
mod turns;
pub mod users;

pub use settings::{IssuerMode, Settings, Tiers};
pub use state::State;
pub use state::expired;
pub use state::findings;
pub use state::imports;
pub use state::issuer_keys;
pub use state::key_stock::KeyStock;

/// Serves requests about user pools.
pub type Engine = poolhouse_kernel::Engine<State>;

/// A request about user pools.
pub type Cx = poolhouse_kernel::Cx<State>;
