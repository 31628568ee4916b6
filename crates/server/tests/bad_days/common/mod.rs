//! What these tests share: folders that go away, the binary as a process, who sends a request.

mod folder;
mod sender;
mod server;

pub(crate) use folder::Folder;
pub(crate) use poolhouse_testkit::{Answer, Connection};
pub(crate) use sender::{PATIENCE, Sender};
pub(crate) use server::{BINARY, PASSWORD, ROOT_SECRET, Server, command, refused, serve};
