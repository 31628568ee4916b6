//! Everything that pycognito does, one test for each row of its list: C1 to C46 are its methods, A its class
//! `AWSSRP`, E what it relies on, X its exceptions and its HTTP plug-in, G and U what its guides do with groups and
//! users. `docs/client/rows.md` says which test shows which row.
//!
//! The server is one in this process unless the environment names another: see `world.rs`.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test fails by panicking and says on the terminal what it skipped"
)]

#[macro_use]
mod world;

mod account;
mod browser;
mod bulk;
mod code_flow;
mod devices;
mod fake;
mod faults;
mod groups;
mod http;
mod identity_pools;
mod losses;
mod mfa;
mod passwords;
mod settings;
mod sign_in;
mod sign_up;
mod steps;
mod surface;
mod tokens;
mod users;
