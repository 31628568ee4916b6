//! cognito-local: a server of user pools alone, in JavaScript.

use std::fs;
use std::process::Command;

use super::peer::{Peer, run};

/// By itself it takes only e-mail addresses as names of users.
const SETTINGS: &str = r#"{ "UserPoolDefaults": { "UsernameAttributes": [] } }"#;

pub(super) const PEER: Peer = Peer {
    name: "cognito-local",
    version: "5.3.0",
    registry: "npm",
    storage: "a file of JSON",
    install: |peer, folder| {
        let mut npm = Command::new("npm");
        npm.args(["install", "--no-audit", "--no-fund", "--loglevel=error", "--prefix"]).arg(folder);
        run(npm.arg(format!("{}@{}", peer.name, peer.version)))
    },
    command: |folder, data, port| {
        let settings = data.join(".cognito");
        fs::create_dir_all(&settings).unwrap();
        fs::write(settings.join("config.json"), SETTINGS).unwrap();
        let mut server = Command::new(folder.join("node_modules/.bin/cognito-local"));
        server.env("HOST", "127.0.0.1").env("PORT", port.to_string()).current_dir(data);
        server
    },
};
