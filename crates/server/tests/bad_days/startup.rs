//! Surroundings in which the server cannot begin: it says what is wrong and what to do, ends with exit code 2,
//! and has damaged nothing.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::os::unix::process::CommandExt as _;

use serde_json::json;

use crate::common::{BINARY, Folder, ROOT_SECRET, Server, command, refused, serve};

/// Wants every one of the texts in what was said.
fn assert_says(said: &str, texts: &[&str]) {
    for text in texts {
        assert!(said.contains(text), "{text:?} is missing in: {said}");
    }
}

/// A folder in which a server has run, and the pool that it made.
fn used() -> (Folder, String) {
    let folder = Folder::new();
    let server = Server::start(&mut serve(folder.path()));
    let pool = server.pool();
    server.stop();
    (folder, pool)
}

/// With the right settings the server starts again, and has its data.
fn assert_undamaged(folder: &Folder, pool: &str) {
    let server = Server::start(&mut serve(folder.path()));
    server.ok("DescribeUserPool", &json!({ "UserPoolId": pool }));
    // New secrets can be sealed, old ones opened.
    server.pool();
    server.stop();
}

#[test]
fn the_data_folder_is_a_file() {
    let folder = Folder::new();
    fs::write(folder.join("data"), "mine").unwrap();
    let said = refused(&mut serve(&folder.join("data")));
    assert_says(&said, &["data-dir", "data: ", "choose a folder", "--data-dir"]);
    assert_eq!(fs::read_to_string(folder.join("data")).unwrap(), "mine");
}

#[test]
fn the_data_folder_cannot_be_made() {
    // Nobody, not even root, makes a folder there.
    let said = refused(&mut serve("/proc/poolhouse-data".as_ref()));
    assert_says(&said, &["data-dir", "/proc/poolhouse-data", "--data-dir"]);
}

#[test]
fn a_data_folder_that_is_not_needed_is_not_made() {
    let folder = Folder::new();
    let data = folder.join("data");
    let mut server = serve(&data);
    let key = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    server.args(["--database", "sqlite::memory:", "--master-key", key]);
    let server = Server::start(&mut server);
    server.pool();
    server.stop();
    assert!(!data.exists());
}

#[test]
fn the_data_folder_is_read_only() {
    const NOBODY: u32 = 65_534;
    let (folder, pool) = used();
    let root = fs::metadata("/proc/self").unwrap().uid() == 0;
    let mut server = serve(folder.path());
    if root {
        // Permissions do not bind root.
        server.uid(NOBODY);
        let reachable = command(BINARY).uid(NOBODY).arg("--version").status();
        if !reachable.is_ok_and(|status| status.success()) {
            println!("skipped: run by root from a folder that nobody else can reach");
            return;
        }
    }
    let mode = |file: &str, mode| {
        fs::set_permissions(folder.join(file), fs::Permissions::from_mode(mode)).unwrap();
    };
    mode("", 0o555);
    mode("poolhouse.db", 0o444);
    let said = refused(&mut server);
    assert_says(&said, &["poolhouse.db", "cannot be written", "write permission"]);
    mode("", 0o755);
    mode("poolhouse.db", 0o600);
    assert_undamaged(&folder, &pool);
}

#[test]
fn the_database_is_in_use() {
    let folder = Folder::new();
    let first = Server::start(&mut serve(folder.path()));
    let pool = first.pool();
    let said = refused(&mut serve(folder.path()));
    assert_says(&said, &["poolhouse.db is in use by another process", "Stop the other server"]);
    first.ok("DescribeUserPool", &json!({ "UserPoolId": pool }));
    first.stop();
    assert_undamaged(&folder, &pool);
}

#[test]
fn the_database_is_newer() {
    let (folder, pool) = used();
    let database = rusqlite::Connection::open(folder.join("poolhouse.db")).unwrap();
    database.execute("INSERT INTO schema_migrations VALUES (9999, 'future', 'x')", []).unwrap();
    drop(database);
    let said = refused(&mut serve(folder.path()));
    assert_says(&said, &["schema version 9999", "newer version"]);
    let database = rusqlite::Connection::open(folder.join("poolhouse.db")).unwrap();
    database.execute("DELETE FROM schema_migrations WHERE version = 9999", []).unwrap();
    drop(database);
    assert_undamaged(&folder, &pool);
}

#[test]
fn the_database_is_a_little_newer() {
    let (folder, pool) = used();
    let run = |sql: &str| {
        let database = rusqlite::Connection::open(folder.join("poolhouse.db")).unwrap();
        database.execute_batch(sql).unwrap();
    };
    let next = poolhouse_store::migrate::newest() + 1;
    let add = |name: &str| format!("INSERT INTO schema_migrations VALUES ({next}, '{name}', 'x')");
    run(&add("more"));
    let server = Server::start(&mut serve(folder.path()));
    server.ok("DescribeUserPool", &json!({ "UserPoolId": pool }));
    assert_says(&server.stop(), &["has been upgraded by a newer server", "upgrade it too"]);
    let remove = format!("DELETE FROM schema_migrations WHERE version = {next};");
    run(&(remove.clone() + &add("break_it")));
    assert_says(&refused(&mut serve(folder.path())), &[&format!("schema version {next}"), "newer version"]);
    run(&remove);
    assert_undamaged(&folder, &pool);
}

#[test]
fn the_database_is_another_programs() {
    let folder = Folder::new();
    let database = rusqlite::Connection::open(folder.join("poolhouse.db")).unwrap();
    database.execute_batch("CREATE TABLE orders (id INTEGER); INSERT INTO orders VALUES (7)").unwrap();
    drop(database);
    let said = refused(&mut serve(folder.path()));
    assert_says(&said, &["belongs to another program", "empty database"]);
    let database = rusqlite::Connection::open(folder.join("poolhouse.db")).unwrap();
    let tables: String =
        database.query_row("SELECT group_concat(name) FROM sqlite_schema", [], |row| row.get(0)).unwrap();
    assert_eq!(tables, "orders");
}

#[test]
fn the_database_is_no_database() {
    let folder = Folder::new();
    let text = "Dear diary, this is a text and no database.\n".repeat(100);
    fs::write(folder.join("poolhouse.db"), &text).unwrap();
    let said = refused(&mut serve(folder.path()));
    assert_says(&said, &["poolhouse.db is not an SQLite database", "move this one away"]);
    assert_eq!(fs::read_to_string(folder.join("poolhouse.db")).unwrap(), text);
}

#[test]
fn the_database_url_makes_no_sense() {
    let folder = Folder::new();
    let said = refused(serve(folder.path()).args(["--database", "mysql://me:hunter2@host/db"]));
    assert_says(&said, &["database", "sqlite:PATH", "postgres://"]);
    assert!(!said.contains("hunter2"), "{said}");
    let said = refused(serve(folder.path()).args(["--database", "postgres://me:hunter2@127.0.0.1:1/db"]));
    assert_says(&said, &["PostgreSQL cannot be reached", "host and port"]);
    assert!(!said.contains("hunter2"), "{said}");
}

#[test]
fn the_master_key_is_another() {
    let (folder, pool) = used();
    let right = fs::read(folder.join("master.key")).unwrap();
    let other = Folder::new();
    Server::start(&mut serve(other.path())).stop();
    fs::copy(other.join("master.key"), folder.join("master.key")).unwrap();
    let said = refused(&mut serve(folder.path()));
    assert_says(
        &said,
        &["master-key-file", "master.key", "does not fit this database", "Bring back the master key"],
    );
    fs::write(folder.join("master.key"), right).unwrap();
    assert_undamaged(&folder, &pool);
}

#[test]
fn the_master_key_is_lost() {
    let (folder, pool) = used();
    fs::rename(folder.join("master.key"), folder.join("elsewhere")).unwrap();
    let said = refused(&mut serve(folder.path()));
    assert_says(&said, &["master-key-file", "master.key", "Bring back the master key"]);
    assert!(!folder.join("master.key").exists(), "a key that fits nothing is in the way of the right one");
    fs::rename(folder.join("elsewhere"), folder.join("master.key")).unwrap();
    assert_undamaged(&folder, &pool);
}

#[test]
fn the_master_key_can_be_read_by_others() {
    let (folder, pool) = used();
    let key = folder.join("master.key");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    let said = refused(&mut serve(folder.path()));
    assert_says(&said, &["can be read by others", "chmod 600"]);
    assert!(!said.contains(fs::read_to_string(&key).unwrap().trim()));
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
    assert_undamaged(&folder, &pool);
}

#[test]
fn the_master_key_is_cut_off() {
    let (folder, pool) = used();
    let right = fs::read_to_string(folder.join("master.key")).unwrap();
    for wrong in ["", &right[..20], "not base64 at all"] {
        fs::write(folder.join("master.key"), wrong).unwrap();
        let said = refused(&mut serve(folder.path()));
        assert_says(&said, &["does not hold 32 bytes in base64", "bring back the file"]);
        assert!(!said.contains(&right[..20]));
    }
    fs::write(folder.join("master.key"), right).unwrap();
    assert_undamaged(&folder, &pool);
}

#[test]
fn the_port_is_in_use() {
    let folder = Folder::new();
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = other.local_addr().unwrap().port().to_string();
    let mut server = command(BINARY);
    server.args(["serve", "--listen", &format!("127.0.0.1:{port}"), "--data-dir"]).arg(folder.path());
    let said = refused(&mut server);
    assert_says(&said, &["port", &port, "in use", "--listen"]);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "nothing was made");
}

#[test]
fn the_configuration_has_mistakes() {
    let folder = Folder::new();
    let file = folder.join("poolhouse.toml");
    let cases: &[(&str, &[&str])] = &[
        ("lisen = '127.0.0.1:0'", &["poolhouse.toml", "lisen", "unknown field"]),
        ("listen = 'somewhere'", &["poolhouse.toml", "line 3, listen", "invalid"]),
        ("region = ", &["poolhouse.toml", "line 3, region"]),
        ("account-id = '12'", &["account-id", "12 digits"]),
        ("public-url = 'id.example.com'", &["public-url", "https://"]),
        ("log = 'a=b=c'", &["log", "not a filter"]),
    ];
    for (text, wanted) in cases {
        fs::write(&file, format!("# settings\n\n{text}\n")).unwrap();
        assert_says(&refused(serve(folder.path()).arg("--config").arg(&file)), wanted);
    }
    let said = refused(serve(folder.path()).args(["--config", "/nowhere/poolhouse.toml"]));
    assert_says(&said, &["config", "/nowhere/poolhouse.toml"]);
    // A secret on a line that cannot be read is not repeated.
    fs::write(&file, format!("root-secret-access-key = {ROOT_SECRET}\n")).unwrap();
    assert_says(
        &refused(serve(folder.path()).arg("--config").arg(&file)),
        &["poolhouse.toml", "line 1, root-secret"],
    );
}

#[test]
fn the_command_line_has_mistakes() {
    let folder = Folder::new();
    let cases: &[(&[&str], &[&str])] = &[
        (&["--account-id", "12"], &["account-id", "12 digits"]),
        (&["--region", "EU West"], &["region", "small letters"]),
        (&["--region", ""], &["region", "1 to 32"]),
        (&["--master-key", "c2hvcnQ="], &["master-key", "32 bytes", "openssl"]),
        (&["--dev", "--listen", "0.0.0.0:0"], &["dev is refused on 0.0.0.0:0", "127.0.0.1"]),
        (&["--no-such-option"], &["--no-such-option", "--help"]),
    ];
    for (arguments, wanted) in cases {
        let mut server = command(BINARY);
        server.arg("serve").arg("--data-dir").arg(folder.path()).args(*arguments);
        assert_says(&refused(&mut server), wanted);
    }
    let half = "root-secret-access-key is given without root-access-key-id";
    assert_says(&refused(serve(folder.path()).env_remove("POOLHOUSE_ROOT_ACCESS_KEY_ID")), &[half]);
    let half = "root-access-key-id is given without root-secret-access-key";
    assert_says(&refused(serve(folder.path()).env_remove("POOLHOUSE_ROOT_SECRET_ACCESS_KEY")), &[half]);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "nothing was made");
}

#[test]
fn flags_are_set_through_the_environment() {
    for (value, development) in [("1", true), ("true", true), ("0", false), ("", false)] {
        let folder = Folder::new();
        let server = Server::start(serve(folder.path()).env("POOLHOUSE_DEV", value));
        let status = server.connect().get("/_poolhouse/dev/messages").unwrap().status;
        assert_eq!(status == 200, development, "POOLHOUSE_DEV={value}");
        assert_eq!(server.stop().contains("development mode"), development, "POOLHOUSE_DEV={value}");
    }
    let mut open = serve(Folder::new().path());
    open.env("POOLHOUSE_DEV", "1").env("POOLHOUSE_LISTEN", "0.0.0.0:0");
    open.env("POOLHOUSE_DEV_ON_ANY_ADDRESS", "1");
    Server::start(&mut open).stop();
}

#[test]
fn a_public_url_that_cannot_work_is_told() {
    let folder = Folder::new();
    let log = |listen: &str, arguments: &[&str]| {
        let mut server = command(BINARY);
        server.args(["serve", "--listen", listen, "--data-dir"]).arg(folder.path()).args(arguments);
        Server::start(&mut server).stop()
    };
    // Other nodes and clients elsewhere do not reach this address, whichever it is.
    for listen in ["0.0.0.0:0", "127.0.0.1:0"] {
        assert!(log(listen, &[]).contains("--public-url"), "{listen}");
        assert!(
            !log(listen, &["--public-url", "https://id.example.com/"]).contains("public-url"),
            "{listen}"
        );
    }
    assert!(!log("127.0.0.1:0", &["--dev"]).contains("--public-url"));
    let with_path = ["--public-url", "https://example.com/id"];
    assert!(log("127.0.0.1:0", &with_path).contains("public-url has a path"));
}

#[test]
fn the_data_is_its_owners_only() {
    let folder = Folder::new();
    let data = folder.join("above/data");
    Server::start(&mut serve(&data)).stop();
    let mode = |file: &str| fs::metadata(data.join(file)).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(""), 0o700);
    // A folder that is there is left as it is: others may have a reason to look into it.
    fs::set_permissions(&data, fs::Permissions::from_mode(0o755)).unwrap();
    Server::start(&mut serve(&data)).stop();
    assert_eq!(mode(""), 0o755);
    fs::set_permissions(data.join("poolhouse.db"), fs::Permissions::from_mode(0o640)).unwrap();
    assert_says(&refused(&mut serve(&data)), &["poolhouse.db can be read by others", "chmod 600"]);
}

#[test]
fn the_master_key_comes_from_the_environment() {
    let folder = Folder::new();
    let key = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";
    let server = Server::start(serve(folder.path()).env("POOLHOUSE_MASTER_KEY", key));
    let pool = server.pool();
    assert!(!server.stop().contains(key));
    assert!(!folder.join("master.key").exists(), "a key that seals nothing");
    let said = refused(serve(folder.path()).env("POOLHOUSE_MASTER_KEY", key.replace("MDEy", "MDEz")));
    assert_says(&said, &["master-key: ", "does not fit this database"]);
    let server = Server::start(serve(folder.path()).env("POOLHOUSE_MASTER_KEY", key));
    server.ok("DescribeUserPool", &json!({ "UserPoolId": pool }));
    server.stop();
}

#[test]
fn delivery_is_half_configured() {
    let folder = Folder::new();
    fs::write(folder.join("empty.pem"), "nothing\n").unwrap();
    let ca_file = folder.join("empty.pem");
    let ca_file = ca_file.to_str().unwrap();
    let relay = ["--smtp-host", "127.0.0.1", "--email-from", "id@example.org"];
    let cases: [(&[&str], &[&str]); 5] = [
        (&relay[..2], &["email-from is missing"]),
        (&["--smtp-host", "a", "--email-from", "a b"], &["email-from", "Name <address>"]),
        (&[&relay[..], &["--smtp-ca-file", ca_file]].concat(), &["smtp-ca-file", "no certificate"]),
        (&["--sms-hook-url", "ftp://a"], &["sms-hook-url", "https://"]),
        (&["--sms-hook-url", "http://a"], &["sms-hook-secret", "openssl"]),
    ];
    for (options, texts) in cases {
        let said = refused(serve(&folder.join("data")).args(options));
        assert_says(&said, texts);
    }
}

#[test]
fn secrets_stand_where_nobody_else_reads_them() {
    let folder = Folder::new();
    let (file, secret) = (folder.join("poolhouse.toml"), folder.join("key"));
    fs::write(&file, "master-key = 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA='\n").unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    let data = folder.join("data");
    let with_file = || {
        let mut command = serve(&data);
        command.arg("--config").arg(&file);
        command
    };
    assert_says(&refused(&mut with_file()), &["config", "can be read by others", "chmod 600"]);
    // What leads elsewhere is no secret.
    fs::write(&file, format!("master-key = 'file:{}'\n", secret.display())).unwrap();
    assert_says(&refused(&mut with_file()), &["master-key", "cannot read"]);
    fs::write(&secret, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n").unwrap();
    Server::start(&mut with_file()).stop();
    assert!(!data.join("master.key").exists());
    // What is empty is no secret.
    let said = refused(serve(&data).env("POOLHOUSE_ROOT_SECRET_ACCESS_KEY", "env:EMPTY").env("EMPTY", ""));
    assert_says(&said, &["root-secret-access-key", "EMPTY is set to nothing"]);
    let mut empty = serve(&data);
    empty.env_remove("POOLHOUSE_ROOT_SECRET_ACCESS_KEY").args(["--root-secret-access-key", ""]);
    let said = refused(&mut empty);
    assert_says(&said, &["root-secret-access-key is empty"]);
    fs::write(&file, "master-key = 'env:THE_KEY'\n").unwrap();
    let key = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    Server::start(with_file().env("THE_KEY", key)).stop();
}

#[test]
fn a_variable_that_is_empty_says_nothing_and_a_wrong_one_is_named() {
    let folder = Folder::new();
    let mut server = serve(folder.path());
    for name in ["DATABASE", "PUBLIC_URL", "TRUSTED_PROXIES", "MASTER_KEY", "CONFIG", "LIMIT_PER_USER"] {
        server.env(format!("POOLHOUSE_{name}"), "");
    }
    let log = Server::start(&mut server).stop();
    assert_says(&log, &["made the master key", "--trusted-proxies 127.0.0.1"]);
    let said = refused(serve(folder.path()).env("POOLHOUSE_LIMIT_PER_USER", "many"));
    assert_says(&said, &["--limit-per-user", "environment variable POOLHOUSE_LIMIT_PER_USER"]);
}
