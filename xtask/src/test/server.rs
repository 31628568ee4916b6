//! A Poolhouse server for one part of the tests.

use std::fs::File;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::time::Duration;

use super::process::{self, Background};
use super::scratch::{Scratch, free_port};
use crate::Result;

/// A development server on a free port with a data folder of its own; gone when dropped.
pub(super) struct Server {
    endpoint: String,
    // Dropped in this order: first the process, then its folder.
    _process: Background,
    _folder: Scratch,
}

impl Server {
    /// Starts `binary` with further arguments and waits until it is ready.
    pub(super) fn start(binary: &Path, arguments: &[&str]) -> Result<Self> {
        let (folder, port) = (Scratch::new()?, free_port()?);
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        let log = folder.path().join("server.log");
        let output = File::create(&log).map_err(|e| format!("cannot write {}: {e}", log.display()))?;
        let errors = output.try_clone().map_err(|e| format!("cannot write {}: {e}", log.display()))?;

        let mut command = process::tied(binary);
        command.args(["serve", "--dev", "--listen", &address.to_string(), "--data-dir"]).arg(folder.path());
        command.args(arguments).stdout(output).stderr(errors);
        let process = Background::start(&mut command, &log, || is_ready(address).unwrap_or(false))?;
        Ok(Self { endpoint: format!("http://{address}"), _process: process, _folder: folder })
    }

    /// The URL for clients, without a slash at its end.
    pub(super) fn endpoint(&self) -> &str {
        &self.endpoint
    }
}

/// Whether the server says that it is ready.
fn is_ready(address: SocketAddr) -> std::io::Result<bool> {
    let mut connection = TcpStream::connect(address)?;
    connection.set_read_timeout(Some(Duration::from_secs(5)))?;
    let request = format!("GET /_poolhouse/ready HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
    connection.write_all(request.as_bytes())?;
    let mut answer = String::new();
    connection.read_to_string(&mut answer)?;
    Ok(answer.starts_with("HTTP/1.1 200 "))
}
