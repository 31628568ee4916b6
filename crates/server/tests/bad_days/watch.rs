//! A port of its own for those who watch.

use std::net::SocketAddr;

use crate::common::{Connection, Folder, PATIENCE, Server, refused, serve};

fn get(address: SocketAddr, path: &str) -> u16 {
    Connection::open(address, PATIENCE).unwrap().get(path).unwrap().status
}

/// Where those who watch are to ask.
fn watched(server: &Server) -> SocketAddr {
    let line = server.line("figures, readiness and health are at a port of their own");
    line["address"].as_str().unwrap().parse().unwrap()
}

const PROBES: [&str; 2] = ["/_poolhouse/health", "/_poolhouse/ready"];
const FIGURES: &str = "/_poolhouse/metrics";

#[test]
fn figures_have_a_port_where_nothing_else_is() {
    let folder = Folder::new();
    let server = Server::start(serve(folder.path()).args(["--watch-listen", "127.0.0.1:0"]));
    let (clients, watchers) = (server.address(), watched(&server));
    assert_ne!(clients, watchers);
    for path in PROBES {
        assert_eq!((get(clients, path), get(watchers, path)), (200, 200), "{path}");
    }
    assert_eq!((get(clients, FIGURES), get(watchers, FIGURES)), (404, 200));
    let keys = format!("/{}/.well-known/jwks.json", server.pool());
    assert_eq!((get(clients, &keys), get(watchers, &keys)), (200, 404));
    server.stop();
}

#[test]
fn without_one_figures_are_where_clients_are() {
    let folder = Folder::new();
    let server = Server::start(&mut serve(folder.path()));
    for path in [&PROBES[..], &[FIGURES]].concat() {
        assert_eq!(get(server.address(), path), 200, "{path}");
    }
    server.stop();
}

#[test]
fn whom_it_shows_nothing_sees_nothing() {
    let folder = Folder::new();
    let options = ["--watch-listen", "127.0.0.1:0", "--watch-from", "192.0.2.1"];
    let server = Server::start(serve(folder.path()).args(options));
    let watchers = watched(&server);
    assert_eq!((get(watchers, FIGURES), get(watchers, PROBES[1]), get(watchers, PROBES[0])), (404, 404, 200));
    server.stop();
}

#[test]
fn a_port_that_is_taken_is_named_with_its_setting() {
    let (folder, other) = (Folder::new(), Folder::new());
    let server = Server::start(&mut serve(folder.path()));
    let taken = server.address().to_string();
    let said = refused(serve(other.path()).args(["--watch-listen", &taken]));
    assert!(said.contains("watch-listen: port") && said.contains("is in use"), "{said}");
}
