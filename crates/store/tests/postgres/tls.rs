//! TLS to a real server, and what is told when it cannot be.

use poolhouse_store::{OpenError, Options, Store};

use crate::cluster::Cluster;

async fn open(cluster: &Cluster, host: &str, query: &str) -> Result<Store, OpenError> {
    Store::open(Options::new(cluster.url(host, query))).await
}

/// What is said of TLS that does not come about.
async fn refused(cluster: &Cluster, host: &str, query: &str) -> String {
    match open(cluster, host, query).await.map(drop).unwrap_err() {
        OpenError::Tls(text) => text,
        other => panic!("{other:?}"),
    }
}

fn trusting(file: &std::path::Path, mode: &str) -> String {
    format!("sslmode={mode}&sslrootcert={}", file.display())
}

#[tokio::test]
async fn a_certificate_is_held_to_its_authority_and_its_host() {
    let Some(cluster) = Cluster::start(true) else { return };
    let (right, wrong) = (cluster.authority(), cluster.stranger());

    open(&cluster, "localhost", &trusting(&right, "verify-full")).await.unwrap();
    let text = refused(&cluster, "127.0.0.1", &trusting(&right, "verify-full")).await;
    assert!(text.contains("by a name that the certificate holds"), "{text}");

    open(&cluster, "127.0.0.1", &trusting(&right, "verify-ca")).await.unwrap();
    for mode in ["verify-full", "verify-ca", "require"] {
        let text = refused(&cluster, "localhost", &trusting(&wrong, mode)).await;
        assert!(text.contains("sslrootcert=FILE"), "{text}");
    }
    // The authorities of the system do not know it either.
    let text = refused(&cluster, "localhost", "sslmode=verify-full").await;
    assert!(text.contains("sslrootcert=FILE"), "{text}");

    open(&cluster, "127.0.0.1", "sslmode=require").await.unwrap();
    let text = refused(&cluster, "localhost", &trusting("/no/such/file".as_ref(), "verify-ca")).await;
    assert!(text.contains("/no/such/file cannot be read"), "{text}");
}

#[tokio::test]
async fn the_password_is_bound_to_the_connection() {
    let Some(cluster) = Cluster::start(true) else { return };
    let query = trusting(&cluster.authority(), "verify-full");
    open(&cluster, "localhost", &format!("{query}&channel_binding=require")).await.unwrap();
    let plain = open(&cluster, "localhost", "sslmode=disable&channel_binding=require").await;
    assert!(plain.is_err(), "there is nothing to bind to in plain text");
}

#[tokio::test]
async fn a_server_without_tls_gets_no_password() {
    let Some(cluster) = Cluster::start(false) else { return };
    for mode in ["require", "verify-full"] {
        let text = refused(&cluster, "localhost", &format!("sslmode={mode}")).await;
        assert!(text.contains("ssl = on") && text.contains("sslmode=disable"), "{text}");
    }
    for query in ["", "sslmode=prefer", "sslmode=disable"] {
        open(&cluster, "localhost", query).await.unwrap();
    }
}
