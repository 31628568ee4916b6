//! What these tests share: folders that go away, the binary as a process, a small HTTP client.

mod connection;
mod folder;
mod server;

pub(crate) use connection::{Answer, Connection, Sender};
pub(crate) use folder::Folder;
pub(crate) use server::{BINARY, PASSWORD, ROOT_SECRET, Server, command, refused, serve};
