//! App clients: made, read, changed, listed, deleted, and their secrets.

mod life;
mod published;
mod rules;
mod secrets;
