//! App clients: the record that sign-in and tokens ask, and the operations on clients.

mod find;
pub(crate) mod lifetime;
mod manage;
pub mod published;
pub(crate) mod redirect;
pub mod rotation;
mod rules;
pub mod secrets;
mod settings;
mod validity;

pub(crate) use find::{get, risk_of, row, stored};
pub(crate) use manage::drop_provider;
pub use manage::{ClientChange, NewClient, WantedSecret, create, delete, describe, list, update};

pub use crate::model::client::Settings;
