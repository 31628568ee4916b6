//! The binary on bad days: killed, out of disk, badly configured, besieged, told to stop, made to talk.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

#[cfg(feature = "acme")]
mod acme;
mod audit;
mod backup;
mod commands;
mod common;
mod crash;
mod credentials;
mod doctor;
mod full_disk;
mod hygiene;
mod iam;
mod load;
mod messages;
mod outbox;
mod proxy;
mod recovery;
mod requests;
mod silent;
mod standby;
mod startup;
mod stop;
mod tls;
#[cfg(feature = "otlp")]
mod traces;
mod upgrade;
mod watch;
