//! A server whose pool has many users.

use std::path::Path;

use crate::command;
use crate::folder::Folder;
use crate::server::Server;

/// What is filled in, and where.
#[derive(Clone, Copy)]
pub(crate) struct Filling<'a> {
    pub(crate) users: u32,
    pub(crate) groups: u32,
    pub(crate) groups_of_user: u32,
    /// Whether there is a group of all users, too.
    pub(crate) everybody: bool,
    /// PostgreSQL's URL, where it is not SQLite.
    pub(crate) database: Option<&'a str>,
}

/// A server with a pool of users, each in groups and with an address to be found by.
pub(crate) struct Populated {
    pub(crate) server: Server,
    pub(crate) pool: String,
    pub(crate) users: u32,
    pub(crate) groups: u32,
    _folder: Folder,
}

/// Makes a pool of users, and starts a server on it.
pub(crate) fn start(binary: &Path, filling: Filling<'_>) -> Populated {
    let Filling { users, groups, groups_of_user, everybody, database } = filling;
    let folder =
        Folder::new(&format!("users-{users}-{}", if database.is_some() { "postgres" } else { "sqlite" }));
    // Makes database and master key. Only one process at a time may have SQLite's file.
    drop(Server::poolhouse(binary, folder.path(), database));
    let mut fill = command::poolhouse(binary);
    fill.args(["dev", "fill", "--users", &users.to_string(), "--groups", &groups.to_string()]);
    fill.args(["--groups-of-user", &groups_of_user.to_string()]);
    if everybody {
        fill.arg("--everybody");
    }
    if let Some(database) = database {
        fill.env("POOLHOUSE_DATABASE", database);
    }
    let output = fill.arg("--data-dir").arg(folder.path()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let pool = String::from_utf8(output.stdout).unwrap().lines().next().unwrap().to_owned();
    let server = Server::poolhouse(binary, folder.path(), database);
    Populated { server, pool, users, groups, _folder: folder }
}
